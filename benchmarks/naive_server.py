"""What one writes first: the scikit-learn pipeline called for each request, on a thread pool.

`python -m benchmarks.naive_server BUNDLE`
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import joblib
from wurao.v1 import classifier_pb2 as pb

from classifier.messages import turn_from_request

_THREADS = 8


def main() -> None:
    """Serve until killed."""
    pipeline = joblib.load(Path(sys.argv[1]) / "pipeline.joblib")

    def classify(request: pb.ClassifyRequest, _context: object) -> pb.ClassifyResponse:
        opt_out, complaint, normal = pipeline.predict_proba([turn_from_request(request)])[0]
        scores = pb.Scores(opt_out=opt_out, complaint=complaint, normal=normal)
        return pb.ClassifyResponse(prediction=pb.Prediction(scores=scores))

    handler = grpc.unary_unary_rpc_method_handler(
        classify, pb.ClassifyRequest.FromString, pb.ClassifyResponse.SerializeToString
    )
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=[("grpc.so_reuseport", 0)])
    service = grpc.method_handlers_generic_handler(
        "wurao.v1.ClassifierService", {"Classify": handler}
    )
    server.add_generic_rpc_handlers([service])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"serving scikit-learn on 127.0.0.1:{port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()

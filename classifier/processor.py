"""Whether this processor sums products of eight bits without loss."""

from pathlib import Path

_PROCESSOR = Path("/proc/cpuinfo")


def sums_exactly(processor_file: Path = _PROCESSOR) -> bool:
    """Say whether onnxruntime's fast kernels lose nothing here, as those for VNNI do not.

    Those for x86 processors without VNNI add two products in sixteen bits and cut off what does
    not fit. Where the system does not tell (it is not Linux), or tells of no x86, the answer is no.

    Args:
        processor_file: What Linux tells of the processor.
    """
    try:
        lines = processor_file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    # Where there is AVX-512, onnxruntime takes its kernels, whatever the shorter ones can do.
    return ("avx512_vnni" if "avx512f" in flags else "avx_vnni") in flags

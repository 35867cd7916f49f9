"""How many turns are wanted, and by what."""

from dataclasses import dataclass
from enum import StrEnum

from classifier.errors import DataError


class Criterion(StrEnum):
    """Why a turn is picked."""

    RANDOM = "random"
    DISAGREEMENT = "disagreement"
    UNCERTAINTY = "uncertainty"
    DIVERSITY = "diversity"


DEFAULT_SHARES = {
    Criterion.UNCERTAINTY: 0.5,
    Criterion.DIVERSITY: 0.2,
    Criterion.DISAGREEMENT: 0.2,
    Criterion.RANDOM: 0.1,
}
"""What part of the turns each criterion picks where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class SelectionOptions:
    """How many turns are wanted, and by what.

    Attributes:
        number: At least 1.
        shares: Share of each criterion; they sum to 1, and one that is left out picks none.
        seed: Another one gives other random picks.
    """

    number: int
    shares: dict[Criterion, float]
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse a number of no turns, and shares that are none.

        Raises:
            DataError: There is one; or a share is negative, or they do not sum to 1.
        """
        if self.number < 1:
            raise DataError("number: must be 1 or more")
        shares = [self.shares.get(by, 0) for by in Criterion]
        if not (min(shares) >= 0 and abs(sum(shares) - 1) <= 1e-6):  # so that NaN is none
            said = ", ".join(f"{by} {share:g}" for by, share in zip(Criterion, shares, strict=True))
            raise DataError(f"the shares must be 0 or more and sum to 1; they are {said}")

    def quota(self, criterion: Criterion) -> int:
        """Return how many turns a criterion is to pick.

        Args:
            criterion: Any.
        """
        return round(self.number * self.shares.get(criterion, 0))

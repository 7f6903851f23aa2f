"""Every clause of the protocol, of the signature code and of live updates that is taken out by hand."""

from .listed_first_fetches import FIRST_FETCHES
from .listed_flows import FLOWS
from .listed_live import LIVE
from .listed_signatures import SIGNATURES
from .listed_time_limits import TIME_LIMITS
from .listed_writes import WRITES

LISTED = [*SIGNATURES, *WRITES, *FLOWS, *TIME_LIMITS, *FIRST_FETCHES, *LIVE]

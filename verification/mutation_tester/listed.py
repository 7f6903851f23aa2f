"""Every clause of the protocol, of the signature code and of live updates that is taken out by hand."""

from .listed_checks import CHECKS
from .listed_first_fetches import FIRST_FETCHES
from .listed_flows import FLOWS
from .listed_holdings import HOLDINGS
from .listed_links import LINKS
from .listed_live import LIVE
from .listed_removals import REMOVALS
from .listed_signatures import SIGNATURES
from .listed_time_limits import TIME_LIMITS
from .listed_updates import UPDATES

_WRITES = [*UPDATES, *LINKS, *HOLDINGS, *REMOVALS, *CHECKS]
LISTED = [*SIGNATURES, *_WRITES, *FLOWS, *TIME_LIMITS, *FIRST_FETCHES, *LIVE]

"""The web desk: a small server-rendered site where curators read cards and decide, without any outside service."""

from watcher.adapters.desks.web.desk import WebDesk
from watcher.adapters.desks.web.server import WebServer, serve
from watcher.adapters.desks.web.site import build_site
from watcher.adapters.desks.web.views import StatusView
from watcher.adapters.desks.web.watching import Probes

__all__ = ["Probes", "StatusView", "WebDesk", "WebServer", "build_site", "serve"]

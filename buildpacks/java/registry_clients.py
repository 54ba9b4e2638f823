"""By which libraries a program registers itself for others to find, and finds them: told by file names.

Sources: the starters' own dependencies (Spring Cloud Netflix, Spring Cloud Alibaba), Spring Cloud LoadBalancer, Ribbon.
"""

from __future__ import annotations

import re

from buildpacks.analysis import Analysis

_LIBRARIES = {
    "eureka": re.compile(r"(?:^|/)eureka-client-\d[^/]*\.jar$"),
    "nacos": re.compile(r"(?:^|/)(?:spring-cloud-.*alibaba-nacos-discovery|nacos-discovery-spring-boot)[^/]*\.jar$"),
    "eureka-server": re.compile(r"(?:^|/)spring-cloud-netflix-eureka-server-\d[^/]*\.jar$"),
    "loadbalancer": re.compile(r"(?:^|/)spring-cloud-loadbalancer-\d[^/]*\.jar$"),
    "ribbon": re.compile(r"(?:^|/)ribbon-loadbalancer-\d[^/]*\.jar$"),
}


def clients(analysis: Analysis) -> tuple[str, ...]:
    """Return what there is of eureka, nacos, eureka-server, loadbalancer and ribbon. A Eureka server brings the client
    along; the client has brought the server's core along (Spring Cloud 2023), which therefore tells nothing.
    """
    entries = [library.entry for library in analysis.libraries]
    return tuple(name for name, pattern in _LIBRARIES.items() if any(pattern.search(entry) for entry in entries))

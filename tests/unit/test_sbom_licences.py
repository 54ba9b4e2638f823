"""SPDX identifiers out of what libraries state about their licences."""

from __future__ import annotations

import pytest

from buildpacks.inside.bill_parts import Licence
from buildsvc.image.sbom.licences import spdx

CLASSPATH = "GPL-2.0-only WITH Classpath-exception-2.0"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Apache-2.0", "Apache-2.0"),
        ("apache-2.0", "Apache-2.0"),
        ("The Apache Software License, Version 2.0", "Apache-2.0"),
        ("Apache 2", "Apache-2.0"),
        ("ASL 2.0", "Apache-2.0"),
        ("The MIT License (MIT)", "MIT"),
        ("MIT No Attribution", None),
        ("BSD 3-Clause License", "BSD-3-Clause"),
        ("The New BSD License", "BSD-3-Clause"),
        ("BSD-2-Clause", "BSD-2-Clause"),
        ("The BSD License", None),
        ("Eclipse Public License - v 2.0", "EPL-2.0"),
        ("EPL 1.0", "EPL-1.0"),
        ("Eclipse Distribution License - v 1.0", "BSD-3-Clause"),
        ("GNU Lesser General Public License version 2.1", "LGPL-2.1-only"),
        ("LGPL, version 2.1 or later", "LGPL-2.1-or-later"),
        ("GNU General Public License, version 2 with the GNU Classpath Exception", CLASSPATH),
        ("GPL2 w/ CPE", CLASSPATH),
        ("CDDL 1.1 + GPLv2 with classpath exception", f"CDDL-1.1 OR {CLASSPATH}"),
        ("CDDL + GPLv2 with classpath exception", None),
        ("Mozilla Public License, Version 2.0", "MPL-2.0"),
        ("Apache-2.0 OR MIT", "Apache-2.0 OR MIT"),
        ("Our own terms", None),
        ("", None),
    ],
)
def test_a_name_is_recognised_however_it_is_written(name: str, expected: str | None) -> None:
    assert spdx(Licence(name)) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
        ("http://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"),
        ("https://opensource.org/licenses/BSD-2-Clause", "BSD-2-Clause"),
        ("http://www.opensource.org/licenses/mit-license.php", "MIT"),
        ("https://spdx.org/licenses/MIT-0.html", "MIT-0"),
        ("http://www.eclipse.org/legal/epl-v10.html", "EPL-1.0"),
        ("https://projects.eclipse.org/license/secondary-gpl-2.0-cp", CLASSPATH),
        ("https://www.gnu.org/licenses/lgpl-3.0.txt", "LGPL-3.0-only"),
        ("https://www.mozilla.org/en-US/MPL/2.0/", "MPL-2.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://example.org/licence", None),
    ],
)
def test_an_address_is_recognised(url: str, expected: str | None) -> None:
    assert spdx(Licence("", url)) == expected


def test_the_address_helps_where_the_name_is_unclear() -> None:
    assert spdx(Licence("The BSD License", "https://opensource.org/licenses/BSD-3-Clause")) == "BSD-3-Clause"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n                 Apache License\n           Version 2.0, January 2004", "Apache-2.0"),
        (
            "MIT\nPermission is hereby granted, free of charge, to any person\nobtaining a copy of this software and",
            "MIT",
        ),
        ("Redistribution and use in source and binary forms ... Neither the name of", "BSD-3-Clause"),
        ("Redistribution and use in source and binary forms, with", "BSD-2-Clause"),
        ("# Eclipse Public License - v 2.0", "EPL-2.0"),
        ("All rights reserved.", None),
    ],
)
def test_a_text_is_recognised_by_its_beginning(text: str, expected: str | None) -> None:
    assert spdx(Licence(text=text)) == expected

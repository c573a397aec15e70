// This file gives the tests the text of README.md.

package formal

import _ "embed"

//go:embed README.md
var readme string

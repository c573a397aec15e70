// This file owns what another start of the program, or a link, can ask for.

package instance

import "countersign/session/computer/screenpop"

// Start is what another start of the program asks of the one that runs: to show
// its window and, if Call is set, to fill its form in.
type Start struct{ Call *screenpop.Request }

// raise asks for the window alone, in a line of its own.
const raise = "raise"

// Parse reads what a start asks. A line that is not exactly one is refused. Reason:
// not_a_code.
func Parse(line string) (Start, error) {
	if line == raise {
		return Start{}, nil
	}
	r, err := screenpop.Parse(line)
	if err != nil {
		return Start{}, err
	}
	if r == (screenpop.Request{}) {
		return Start{}, nil // nothing to fill in: an empty form must not replace another
	}
	return Start{Call: &r}, nil
}

// String is the line that Parse reads.
func (s Start) String() string {
	if s.Call == nil {
		return raise
	}
	return s.Call.Link()
}

// This file owns what another start of the program, or a link, can wish for.

package instance

import "countersign/session/computer/screenpop"

// Wish is what another start of the program asks of the one that runs: to show
// its window and, if Call is set, to fill its form in.
type Wish struct{ Call *screenpop.Request }

// raise is the wish for the window alone, in a line of its own.
const raise = "raise"

// Parse reads a wish. A line that is not exactly one is refused. Reason:
// not_a_code.
func Parse(line string) (Wish, error) {
	if line == raise {
		return Wish{}, nil
	}
	r, err := screenpop.Parse(line)
	if err != nil {
		return Wish{}, err
	}
	if r == (screenpop.Request{}) {
		return Wish{}, nil // nothing to fill in: an empty form must not replace another
	}
	return Wish{Call: &r}, nil
}

// String is the line that Parse reads.
func (w Wish) String() string {
	if w.Call == nil {
		return raise
	}
	return w.Call.Link()
}

// This file owns what is told of the story: the rows of the time line as they
// come, and the words at the end.

package main

import (
	"fmt"
	"time"
)

// begin starts the time line.
func (s *stage) begin() {
	s.printing.Lock()
	defer s.printing.Unlock()
	s.began = time.Now()
}

// row prints a row of the time line. What comes before it begins is not told.
func (s *stage) row(at time.Time, where side, m mood, text string) {
	s.printing.Lock()
	defer s.printing.Unlock()
	if s.began.IsZero() {
		return
	}
	s.page.row(max(0, at.Sub(s.began).Seconds()), where, m, text)
}

// sumUp says what the story has shown and what it has left.
func (s *stage) sumUp(folder, what string) {
	s.page.chapter("What this has shown", "")
	for _, sentence := range s.proven {
		s.page.item(good, sentence)
	}
	fmt.Fprintln(s.page.out)
	s.page.paragraph(fmt.Sprintf("Kept in %s: %s. It took %.1f seconds.", folder, what, time.Since(s.began).Seconds()))
}

// This file owns what is told and kept of the story: the rows of the time line
// as they come, the event logs, the QR code, and the words at the end.

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"countersign/app/demo/programs"
	"countersign/session/qr"
)

// qrModule is the size of a module of the kept QR code, in pixels.
const qrModule = 6

// row prints a row of the time line.
func (s *stage) row(at time.Time, where side, m mood, text string) {
	s.printing.Lock()
	defer s.printing.Unlock()
	s.page.row(max(0, at.Sub(s.began).Seconds()), where, m, text)
}

// tell returns the listener that keeps and prints a person's events.
func (s *stage) tell(where side, p *person) func(programs.Event) {
	return func(e programs.Event) {
		s.printing.Lock()
		p.log = append(p.log, e)
		s.printing.Unlock()
		if m, text := sentence(where, e); text != "" {
			s.row(e.At, where, m, text)
		}
	}
}

// keepPapers writes the first QR code and both event logs.
func (s *stage) keepPapers(folder string) error {
	png, err := qr.PNG(s.qr, qrModule)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, data := range map[string][]byte{"qr.png": png, "agent.jsonl": s.logOf(&s.agent), "customer.jsonl": s.logOf(&s.customer)} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) logOf(p *person) []byte {
	s.printing.Lock()
	defer s.printing.Unlock()
	var log bytes.Buffer
	for _, e := range p.log {
		log.WriteString(e.Line + "\n")
	}
	return log.Bytes()
}

// sumUp says what the story has shown and where its papers are.
func (s *stage) sumUp(folder string) {
	s.page.chapter("What this has shown", "")
	for _, sentence := range s.proven {
		s.page.item(good, sentence)
	}
	fmt.Fprintln(s.page.out)
	s.page.paragraph(fmt.Sprintf("Kept in %s: qr.png (the first offer's QR code), agent.jsonl and customer.jsonl (what each program told). "+
		"It took %.1f seconds.", folder, time.Since(s.began).Seconds()))
}

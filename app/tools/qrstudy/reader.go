// This file owns the two readers: which they are, and what they saw in a
// picture.

package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"countersign/session/computer/qr"
)

// The readers, in the order of the table.
const (
	zbar = iota
	ours
)

// readers are the readers with their goals: the least share of pictures that
// must be read. None may ever read another text than the one drawn.
var readers = [...]struct {
	name string
	goal float64
}{{"zbarimg", 0.99}, {"ours", 0.995}}

// outcome is what a reader made of a picture.
type outcome string

const (
	right   outcome = "read"
	unread  outcome = "unread"
	misread outcome = "misread" // it read a text that was not drawn
)

// reading is one reader's answer about one picture.
type reading struct {
	outcome outcome
	took    time.Duration
}

// result is a sample and what each reader saw.
type result struct {
	sample
	read [len(readers)]reading
}

// saw compares the texts that a reader found with the one that was drawn.
func saw(drawn string, texts ...string) outcome {
	switch {
	case slices.ContainsFunc(texts, func(text string) bool { return text != drawn }):
		return misread
	case len(texts) == 0:
		return unread
	}
	return right
}

// readOurs reads each picture as the companion does.
func readOurs(ctx context.Context, rows []result) error {
	for i := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		began := time.Now()
		text, err := qr.ReadImage(bytes.NewReader(rows[i].picture))
		rows[i].read[ours] = reading{took: time.Since(began), outcome: unread}
		if err == nil {
			rows[i].read[ours].outcome = saw(rows[i].text, text)
		}
	}
	return nil
}

// zbarFound is zbarimg's XML: what it found in each file.
type zbarFound struct {
	Sources []struct {
		File    string   `xml:"href,attr"`
		Symbols []string `xml:"index>symbol>data"`
	} `xml:"source"`
}

// onlyQR keeps zbarimg to QR codes, as whoever scans one does. Else it also
// looks for bar codes, and among the modules of one code in some five hundred it
// finds an "Interleaved 2 of 5" of six digits beside the right text.
var onlyQR = []string{"--set", "disable", "--set", "qrcode.enable"}

// readZbar lets zbarimg read all files at once: its time is shared out evenly.
// The files are those of the rows, in their order.
func readZbar(ctx context.Context, rows []result, files []string) error {
	began := time.Now()
	out, err := exec.CommandContext(ctx, "zbarimg", slices.Concat([]string{"--quiet", "--xml"}, onlyQR, files)...).Output()
	var exit *exec.ExitError
	const nothingFound = 4 // in one file at least
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != nothingFound) {
		return fmt.Errorf("zbarimg: %w", err)
	}
	took := time.Since(began) / time.Duration(len(rows))
	var found zbarFound
	if err := xml.Unmarshal(out, &found); err != nil {
		return fmt.Errorf("zbarimg's answer: %w", err)
	}
	for i := range rows {
		rows[i].read[zbar] = reading{outcome: unread, took: took}
	}
	for _, source := range found.Sources {
		i := slices.Index(files, source.File)
		if i < 0 {
			return fmt.Errorf("zbarimg answers about a file that it was not given")
		}
		rows[i].read[zbar].outcome = saw(rows[i].text, source.Symbols...)
	}
	return nil
}

// Package qr owns QR codes as images: making them for a screen, a letter or a
// terminal, and reading them from a picture that somebody chose.
//
// It must not know what the text means: offer and enrol do.
//
// Rules: a picture comes from anywhere, so its size is checked before it is
// decoded, decoding has a deadline, and a decoder that panics has read "not a
// code".
package qr

import (
	"fmt"

	"github.com/skip2/go-qrcode"
)

// PNG returns text as a QR code, error correction level M, with its quiet zone.
// pixelsPerModule is the edge of one module in pixels, at least 1.
func PNG(text string, pixelsPerModule int) ([]byte, error) {
	if pixelsPerModule < 1 {
		return nil, fmt.Errorf("a module has at least one pixel, not %d", pixelsPerModule)
	}
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, err
	}
	return code.PNG(-pixelsPerModule) // negative: pixels per module
}

// Terminal returns text as a QR code of half blocks, two rows of modules a
// line, for a terminal with light letters on a dark ground. It is "" when the
// text is too long for a QR code.
func Terminal(text string) string {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return ""
	}
	return code.ToSmallString(false)
}

// This file owns why a picture gave no code: what is true of the file, so that
// nobody is told "not a code" for a mistyped name. The ending is one and the
// same, ending.NotACode.

package qr

import (
	"bytes"
	"errors"
	"io/fs"

	"countersign/session/protocol/ending"
)

// Problem names why a picture gave no code.
type Problem string

// The problems.
const (
	Missing    Problem = "missing"    // there is no such file
	Folder     Problem = "folder"     // a folder
	Unreadable Problem = "unreadable" // it may not, or cannot, be read
	Foreign    Problem = "foreign"    // a kind of picture or document that is not understood
	NoPicture  Problem = "no_picture" // nothing that is known as a picture
	Damaged    Problem = "damaged"    // a picture that does not decode
	NoCode     Problem = "no_code"    // a picture without a QR code that can be read
	OtherCode  Problem = "other_code" // a QR code, but of something else
)

// Fault is an error of a picture. It wraps ending.NotACode and never holds the
// file's name: that can name a person.
type Fault struct {
	Problem Problem
	Kind    string // of a Foreign one, as people call it: "HEIC"
	detail  string
}

// Error implements error.
func (f *Fault) Error() string { return f.Unwrap().Error() }

// Unwrap gives the ending.
func (f *Fault) Unwrap() error { return ending.Because(ending.NotACode, f.detail) }

func fault(p Problem, kind, detail string) error { return &Fault{p, kind, detail} }

// NotOurs is the error of a picture whose code is one of something else.
func NotOurs() error { return fault(OtherCode, "", "a QR code of something else") }

// fileFault says what a file system's error means.
func fileFault(err error) error {
	detail := "the file cannot be read"
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		detail = pathError.Err.Error() // without the name
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fault(Missing, "", detail)
	}
	return fault(Unreadable, "", detail)
}

// kinds are files that people take for pictures and that begin so; at is where.
var kinds = []struct {
	at     int
	begins string
	name   string
}{
	{4, "ftypavif", "AVIF"}, {4, "ftypavis", "AVIF"},
	{4, "ftypheic", "HEIC"}, {4, "ftypheix", "HEIC"}, {4, "ftyphevc", "HEIC"}, {4, "ftypmif1", "HEIC"}, {4, "ftypmsf1", "HEIC"},
	{0, "%PDF", "PDF"}, {0, "II*\x00", "TIFF"}, {0, "MM\x00*", "TIFF"}, {6, "\x00\x00\x00\x00", "BMP"}, {0, "<svg", "SVG"},
	{0, "\xff\x0a", "JPEG XL"}, {4, "JXL ", "JPEG XL"}, {8, "WEBP", "WebP"}, {0, "PK\x03\x04", "ZIP"}, {0, "8BPS", "PSD"},
}

// foreign says what a file is that is no picture of a kind that is read here.
func foreign(data []byte) error {
	for _, k := range kinds {
		if len(data) > k.at && bytes.HasPrefix(data[k.at:], []byte(k.begins)) && (k.name != "BMP" || string(data[:2]) == "BM") {
			return fault(Foreign, k.name, "not a PNG, JPEG, GIF or WebP picture but "+k.name)
		}
	}
	for _, begins := range []string{"\x89PNG", "\xff\xd8\xff", "GIF8"} {
		if bytes.HasPrefix(data, []byte(begins)) {
			return fault(Damaged, "", "the picture is damaged")
		}
	}
	return fault(NoPicture, "", "not a PNG, JPEG, GIF or WebP picture")
}

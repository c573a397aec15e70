// This file owns what people are told of a picture that gave no code: what is
// true of the file, and what to do about it.

package advice

import (
	"errors"

	"countersign/session/computer/qr"
)

// Picture is why a picture gave no code.
type Picture struct {
	Key  string // translation key, "" when the error is not about a picture
	Kind string // the value Kind of its sentence: what the file is
}

// PictureOf says what an error tells of a picture.
func PictureOf(err error) Picture {
	fault, ok := errors.AsType[*qr.Fault](err)
	if !ok {
		return Picture{}
	}
	key := "picture.unreadable"
	switch fault.Problem {
	case qr.Missing:
		key = "picture.missing"
	case qr.Folder:
		key = "picture.folder"
	case qr.Foreign:
		key = "picture.foreign"
	case qr.NoPicture:
		key = "picture.no_picture"
	case qr.Damaged:
		key = "picture.damaged"
	case qr.NoCode:
		key = "picture.no_code"
	case qr.OtherCode:
		key = "picture.other_code"
	}
	return Picture{Key: key, Kind: fault.Kind}
}

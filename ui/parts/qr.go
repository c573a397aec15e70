// This file owns QR codes on the screen: black on white in every theme, with
// sharp edges and their quiet zone, because that is what readers expect.

package parts

import (
	"bytes"
	"image/png"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"countersign/session/computer/qr"
)

// QR draws a text as a QR code that fills the space it gets, at least side
// logical pixels wide and high. Errors: the text is too long, or has
// characters that our codes do not use.
func QR(text string, side float32) (fyne.CanvasObject, error) {
	data, err := qr.PNG(text, 1)
	if err != nil {
		return nil, err
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	code := canvas.NewImageFromImage(picture)
	code.FillMode = canvas.ImageFillContain
	code.ScaleMode = canvas.ImageScalePixels
	code.SetMinSize(fyne.NewSquareSize(side))
	return container.NewStack(code), nil
}

// Fuzz target of pictures that people open: any file may call itself one.

package qr

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"countersign/session/protocol/ending"
)

// FuzzReadImage: a picture gives the text of a code, or one of two reasons.
func FuzzReadImage(f *testing.F) {
	f.Add(makePNG(f, "CP1:A", 2))
	f.Add(claimedPNG(100, 100, 8, 2))
	f.Add(claimedGIF(100, 100))
	small := image.NewGray(image.Rect(0, 0, 16, 16))
	f.Add(webpFile(webpChunk("VP8L", losslessWebP(small))))
	f.Add(webpFile(extendedHeader(16, 16), webpChunk("VP8L", losslessWebP(small))))
	f.Add(encodePNG(f, shot{pixels: 3, degrees: 45, inverted: true}.take(grey(decodePNG(f, makePNG(f, "CP1:A", 1)), 1), 1)))
	var j bytes.Buffer
	if err := jpeg.Encode(&j, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(j.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := ReadImage(bytes.NewReader(data))
		if err != nil {
			if r := ending.Of(err, ""); r != ending.NotACode && r != ending.ImageTooLarge || text != "" {
				t.Errorf("%q, %v", text, err)
			}
			return
		}
		if text == "" || len(text) > 7089 { // the digits of a code of version 40
			t.Errorf("a code of %d characters", len(text))
		}
	})
}

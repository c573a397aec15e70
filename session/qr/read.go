// This file owns reading a QR code from a picture. The picture may come from a
// fraudster: every limit is checked before the work that it bounds.

package qr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // the three formats that people's pictures come in
	_ "image/jpeg"
	_ "image/png"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"countersign/session/ending"
)

// Limits of a picture.
const (
	MaxBytes  = 10 << 20   // bytes of the file
	MaxPixels = 40_000_000 // pixels of 8 bits a channel; half of that with 16 bits
	decodeFor = 10 * time.Second
	workEdge  = 1400 // pixels: the decoder gets no longer edge than this
	scratch   = 3    // a tiny picture is enlarged this many times
)

// formats are the names under which the decoders above are registered. Others
// may be registered by the program around; they are not used.
var formats = []string{"png", "jpeg", "gif"}

// ReadFile reads the QR code in a picture file. What is not a regular file (a
// device, a pipe, a folder) is refused. Errors as for ReadImage.
func ReadFile(path string) (string, error) {
	// Stat before Open, for opening a pipe waits for its other end.
	if info, err := os.Stat(path); err != nil {
		return "", notAPicture(withoutPath(err))
	} else if err := checkFile(info); err != nil {
		return "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", notAPicture(withoutPath(err))
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil {
		return "", notAPicture(withoutPath(err))
	} else if err := checkFile(info); err != nil {
		return "", err
	}
	return ReadImage(file)
}

func checkFile(info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return notAPicture("not a regular file")
	}
	if info.Size() > MaxBytes {
		return tooLarge()
	}
	return nil
}

// ReadImage reads the text of the QR code in a PNG, JPEG or GIF picture.
// Errors: ending.ImageTooLarge, ending.NotACode.
func ReadImage(r io.Reader) (text string, err error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return "", notAPicture("the picture cannot be read")
	}
	if len(data) > MaxBytes {
		return "", tooLarge()
	}
	ctx, cancel := context.WithTimeout(context.Background(), decodeFor)
	defer cancel()
	// Decoders of pictures and of QR codes index into what a stranger wrote.
	defer func() {
		if recover() != nil {
			text, err = "", notAPicture("the decoder gave up")
		}
	}()
	return decode(ctx, data)
}

func decode(ctx context.Context, data []byte) (string, error) {
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || !slices.Contains(formats, format) {
		return "", notAPicture("not a PNG, JPEG or GIF picture")
	}
	if cost(config) > MaxPixels {
		return "", tooLarge()
	}
	picture, _, err := image.Decode(untilDone{ctx, bytes.NewReader(data)})
	if ctx.Err() != nil {
		return "", notAPicture("decoding the picture took too long")
	}
	if err != nil {
		return "", notAPicture("the picture is damaged")
	}
	return find(ctx, picture)
}

// cost is the number of pixels, a deep one counted twice.
func cost(c image.Config) int64 {
	pixels := int64(c.Width) * int64(c.Height)
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model, color.Alpha16Model:
		return 2 * pixels
	}
	return pixels
}

// find tries the picture at several sizes: what is lost at one, to a blur or to
// modules of uneven widths, is often found at another.
func find(ctx context.Context, picture image.Image) (string, error) {
	bounds := picture.Bounds()
	longer := max(bounds.Dx(), bounds.Dy())
	if longer == 0 {
		return "", notAPicture("an empty picture")
	}
	base := grey(picture, (longer+workEdge-1)/workEdge)
	third := func() *image.Gray { return grey(base, 3) }
	if longer*scratch <= workEdge {
		third = func() *image.Gray { return enlarge(base, scratch) }
	}
	for _, size := range []func() *image.Gray{
		func() *image.Gray { return base },
		func() *image.Gray { return grey(base, 2) },
		third,
	} {
		if text, ok := read(ctx, size()); ok {
			return text, nil
		}
		if ctx.Err() != nil {
			return "", notAPicture("no QR code found in time")
		}
	}
	return "", notAPicture("no QR code in the picture")
}

// read looks for a code in three ways: with a threshold of each place's own,
// with one threshold for the whole picture, and as a picture of nothing but a
// code, whose modules may then be as small as a pixel.
func read(ctx context.Context, g *image.Gray) (string, bool) {
	light, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, g.Rect.Dx(), g.Rect.Dy(), 0, 0, g.Rect.Dx(), g.Rect.Dy(), false)
	if err != nil {
		return "", false
	}
	local := gozxing.NewHybridBinarizer(light)
	for _, threshold := range []gozxing.Binarizer{local, gozxing.NewGlobalHistgramBinarizer(light)} {
		black, err := threshold.GetBlackMatrix()
		if err != nil {
			continue // one colour
		}
		if text, ok := locate(ctx, black); ok {
			return text, true
		}
	}
	return readPure(ctx, local)
}

func readPure(ctx context.Context, threshold gozxing.Binarizer) (string, bool) {
	if ctx.Err() != nil {
		return "", false
	}
	bitmap, err := gozxing.NewBinaryBitmap(threshold)
	if err != nil {
		return "", false
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		return "", false
	}
	return result.GetText(), true
}

// grey turns a picture into grey on white ground, taking the mean of
// shrink x shrink pixels for one.
func grey(picture image.Image, shrink int) *image.Gray {
	b := picture.Bounds()
	out := image.NewGray(image.Rect(0, 0, max(1, b.Dx()/shrink), max(1, b.Dy()/shrink)))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			var sum, n uint32
			for sy := y * shrink; sy < min((y+1)*shrink, b.Dy()); sy++ {
				for sx := x * shrink; sx < min((x+1)*shrink, b.Dx()); sx++ {
					r, g, bl, a := picture.At(b.Min.X+sx, b.Min.Y+sy).RGBA()
					sum += ((r+2*g+bl)/4 + 0xffff - a) >> 8
					n++
				}
			}
			out.Pix[y*out.Stride+x] = uint8(min(sum/n, 255))
		}
	}
	return out
}

// enlarge repeats each pixel by x by times.
func enlarge(g *image.Gray, by int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, g.Rect.Dx()*by, g.Rect.Dy()*by))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Pix[y*out.Stride+x] = g.Pix[y/by*g.Stride+x/by]
		}
	}
	return out
}

// untilDone is a reader that fails once its context is done, so that a picture
// made to keep the decoder busy does not keep it busy for long.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

func tooLarge() error {
	return ending.Because(ending.ImageTooLarge, fmt.Sprintf("at most %d MiB and %d megapixels", MaxBytes>>20, MaxPixels/1_000_000))
}

func notAPicture(detail string) error { return ending.Because(ending.NotACode, detail) }

// withoutPath leaves the file's name out of an error: it can name a person.
func withoutPath(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return "the file cannot be read"
}

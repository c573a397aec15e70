// This file owns reading a QR code from a picture. The picture may come from a
// fraudster: every limit is checked before the work that it bounds.

package qr

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"countersign/session/protocol/ending"
)

// Limits of a picture.
const (
	MaxBytes  = 10 << 20        // bytes of the file
	MaxPixels = 40_000_000      // pixels of 8 bits a channel; half of that with 16 bits, and less where decoding takes more memory
	decodeFor = 4 * time.Second // for all of it; the largest picture takes a second
	workEdge  = 1400            // pixels: the decoder gets no longer edge than this
	scratch   = 3               // a tiny picture is enlarged this many times
)

// reading lets one picture at a time take its memory.
var reading sync.Mutex

// ReadFile reads the QR code in a picture file. The name may also be as people
// paste it: in quotes, or as a file address. What is not a regular file (a
// device, a pipe, a folder) is refused. Errors as for ReadImage; also Missing,
// Folder, Unreadable.
func ReadFile(path string) (string, error) {
	path = existing(path)
	// Stat before Open, for opening a pipe waits for its other end.
	if info, err := os.Stat(path); err != nil {
		return "", fileFault(err)
	} else if err := checkFile(info); err != nil {
		return "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fileFault(err)
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err != nil {
		return "", fileFault(err)
	} else if err := checkFile(info); err != nil {
		return "", err
	}
	return ReadImage(file)
}

// existing is the name as it is, if there is such a file, else without what a
// system puts around a name that is copied or dragged.
func existing(path string) string {
	if _, err := os.Stat(path); err == nil {
		return path
	}
	bare := strings.Trim(strings.TrimSpace(path), "\"'\u201c\u201d\u201e\u00ab\u00bb")
	if address, err := url.Parse(bare); err == nil && address.Scheme == "file" && (address.Host == "" || address.Host == "localhost") {
		bare = address.Path
		if len(bare) > 2 && bare[0] == '/' && bare[2] == ':' {
			bare = bare[1:] // file:///C:/... of Windows
		}
	}
	return filepath.FromSlash(bare)
}

func checkFile(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return fault(Folder, "", "a folder, not a picture")
	case !info.Mode().IsRegular():
		return fault(Unreadable, "", "not a regular file")
	case info.Size() > MaxBytes:
		return tooLarge()
	}
	return nil
}

// ReadImage reads the text of the QR code in a PNG, JPEG, GIF or WebP picture.
// Errors: ending.ImageTooLarge, or ending.NotACode with a Fault that says why:
// Foreign, NoPicture, Damaged, NoCode.
func ReadImage(r io.Reader) (text string, err error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return "", fault(Unreadable, "", "the picture cannot be read")
	}
	if len(data) > MaxBytes {
		return "", tooLarge()
	}
	reading.Lock()
	defer reading.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), decodeFor)
	defer cancel()
	// Decoders of pictures and of QR codes index into what a stranger wrote.
	defer func() {
		if recover() != nil {
			text, err = "", fault(Damaged, "", "the decoder gave up")
		}
	}()
	return decode(ctx, data)
}

func decode(ctx context.Context, data []byte) (string, error) {
	data = plainWebP(data)
	format, ok := formatOf(data)
	if !ok {
		return "", foreign(data)
	}
	config, err := format.config(bytes.NewReader(data))
	if err != nil {
		return "", foreign(data)
	}
	if !format.fits(config, data) {
		return "", tooLarge()
	}
	picture, err := format.decode(untilDone{ctx, bytes.NewReader(data)})
	if ctx.Err() != nil {
		return "", fault(Damaged, "", "decoding the picture took too long")
	}
	if err != nil {
		return "", fault(Damaged, "", "the picture is damaged")
	}
	return find(ctx, picture)
}

// find tries the picture at several sizes: what is lost at one, to a blur or to
// modules of uneven widths, is often found at another. Then it does the same
// with light and dark exchanged, for a screen in dark colours.
func find(ctx context.Context, picture image.Image) (string, error) {
	bounds := picture.Bounds()
	longer := max(bounds.Dx(), bounds.Dy())
	if longer == 0 {
		return "", fault(NoCode, "", "an empty picture")
	}
	base := grey(picture, (longer+workEdge-1)/workEdge)
	for range 2 {
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
				return "", fault(NoCode, "", "no QR code found in time")
			}
		}
		for i, light := range base.Pix {
			base.Pix[i] = 255 - light
		}
	}
	return "", fault(NoCode, "", "no QR code in the picture")
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
	light := lightOf(picture)
	out := image.NewGray(image.Rect(0, 0, max(1, b.Dx()/shrink), max(1, b.Dy()/shrink)))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			var sum, n uint32
			for sy := y * shrink; sy < min((y+1)*shrink, b.Dy()); sy++ {
				for sx := x * shrink; sx < min((x+1)*shrink, b.Dx()); sx++ {
					sum += uint32(light(b.Min.X+sx, b.Min.Y+sy))
					n++
				}
			}
			out.Pix[y*out.Stride+x] = uint8(sum / n)
		}
	}
	return out
}

// lightOf says how light each pixel of a picture is on white ground. Where a
// picture's own bytes tell it they are asked, for image.Image takes ten times as
// long, and pictures from phones have tens of millions of pixels.
func lightOf(picture image.Image) func(x, y int) uint8 {
	switch p := picture.(type) {
	case *image.Gray:
		return func(x, y int) uint8 { return p.Pix[p.PixOffset(x, y)] }
	case *image.YCbCr:
		return func(x, y int) uint8 { return p.Y[p.YOffset(x, y)] }
	case *image.Paletted:
		lights := make([]uint8, 256) // what lies beyond a short palette is black, as image.Paletted has it
		for i, c := range p.Palette {
			lights[i] = lightness(c.RGBA())
		}
		return func(x, y int) uint8 { return lights[p.Pix[p.PixOffset(x, y)]] }
	case *image.RGBA:
		return func(x, y int) uint8 {
			at := p.Pix[p.PixOffset(x, y):]
			return uint8(min(255, (int(at[0])+2*int(at[1])+int(at[2]))/4+255-int(at[3])))
		}
	case *image.NRGBA:
		return func(x, y int) uint8 {
			at := p.Pix[p.PixOffset(x, y):]
			return uint8((int(at[0])+2*int(at[1])+int(at[2]))/4*int(at[3])/255 + 255 - int(at[3]))
		}
	}
	if p, ok := picture.(image.RGBA64Image); ok { // At would make a value on the heap for each pixel
		return func(x, y int) uint8 { return lightness(p.RGBA64At(x, y).RGBA()) }
	}
	return func(x, y int) uint8 { return lightness(picture.At(x, y).RGBA()) }
}

// lightness is how light a colour is on white ground, of what color.Color gives.
func lightness(r, g, b, a uint32) uint8 { return uint8(min(255, ((r+2*g+b)/4+0xffff-a)>>8)) }

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
	return ending.Because(ending.ImageTooLarge, fmt.Sprintf("at most %d MiB, %d megapixels and %d MB to decode it", MaxBytes>>20, MaxPixels/1_000_000, MaxMemory/1_000_000))
}

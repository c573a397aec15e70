// This file owns pictures: taking one of the display, waiting until it stands
// still, and writing it as a small PNG.

package windows

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	// stillPause is the time between two pictures that are compared.
	stillPause = 120 * time.Millisecond
	// drawnWithin is how long a screen of a laptop's size may take to be drawn
	// after its title came.
	drawnWithin = 400 * time.Millisecond
	// stillWithin bounds the wait for a picture that stands still: some screens
	// never do.
	stillWithin = 2 * time.Second
	// stillShare is how much of a picture may differ, in pixels out of a
	// thousand: a cursor that blinks and a countdown may.
	stillShare = 3
)

// Picture is the display as it looks now. It may be half drawn, see Still.
func (d *Display) Picture() (*image.RGBA, error) {
	dump, err := os.ReadFile(filepath.Join(d.screen.Folder, "Xvfb_screen0"))
	if err != nil {
		return nil, err
	}
	return fromXWD(dump)
}

// Still is the window once it stands still: a title comes a moment before the
// screen that it belongs to. A screen that never stands still is taken as it is.
func (w *Window) Still(ctx context.Context) (*image.RGBA, error) {
	over := time.NewTimer(w.toDraw(stillWithin))
	defer over.Stop()
	again := time.NewTicker(stillPause)
	defer again.Stop()
	var before *image.RGBA
	for {
		select {
		case <-again.C:
		case <-over.C:
			return w.Picture()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		now, err := w.Picture()
		if err != nil {
			return nil, err
		}
		if before != nil && alike(before, now) && time.Since(w.turned()) > w.toDraw(drawnWithin) {
			return now, nil
		}
		before = now
	}
}

// toDraw is how long drawing takes that takes so long on a laptop's screen: no
// graphics card helps here, so it grows with the pixels.
func (d *Display) toDraw(onLaptop time.Duration) time.Duration {
	return onLaptop * time.Duration(max(1, d.screen.Width*d.screen.Height/(Laptop.Width*Laptop.Height)))
}

// turned is when the window got its title.
func (w *Window) turned() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.titles) == 0 {
		return time.Time{}
	}
	return w.titles[len(w.titles)-1].At
}

// alike reports whether two pictures of one display differ in little.
func alike(a, b *image.RGBA) bool {
	different := 0
	for i := 0; i < len(a.Pix); i += 4 {
		if !bytes.Equal(a.Pix[i:i+3], b.Pix[i:i+3]) {
			different++
		}
	}
	return different*1000 <= len(a.Pix)/4*stillShare
}

// What is read of the head of an XWD file (X11/XWDFile.h): big-endian numbers
// of 32 bits, by their place.
const (
	xwdHeaderSize = iota
	xwdVersion
	_
	_
	xwdWidth
	xwdHeight
	_
	xwdByteOrder
	_
	_
	_
	xwdBitsPerPixel
	xwdBytesPerLine
	_
	_
	_
	_
	_
	_
	xwdColours
	_
	_
	_
	_
	_
	xwdHead // how many there are
)

// xwdColourSize is the size of an entry of the colour table before the pixels.
const xwdColourSize = 12

var errNoPicture = errors.New("this is no picture of a display with 32 bits a pixel")

// fromXWD decodes what Xvfb keeps of a true-colour display: 32 bits a pixel,
// blue first.
func fromXWD(dump []byte) (*image.RGBA, error) {
	var head [xwdHead]uint32
	if _, err := binary.Decode(dump, binary.BigEndian, &head); err != nil {
		return nil, errNoPicture
	}
	width, height, line := int(head[xwdWidth]), int(head[xwdHeight]), int(head[xwdBytesPerLine])
	start := int(head[xwdHeaderSize]) + int(head[xwdColours])*xwdColourSize
	if head[xwdVersion] != 7 || head[xwdByteOrder] != 0 || head[xwdBitsPerPixel] != 32 || line < width*4 || len(dump) < start+line*height {
		return nil, fmt.Errorf("%w: %d bytes that begin with %v", errNoPicture, len(dump), head)
	}
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		from, to := dump[start+y*line:], picture.Pix[y*picture.Stride:]
		for x := 0; x < width*4; x += 4 {
			to[x], to[x+1], to[x+2], to[x+3] = from[x+2], from[x+1], from[x], 0xff
		}
	}
	return picture, nil
}

// PNG is a picture as a small file: screens have few colours, so the 256 that
// matter most take the place of all.
func PNG(picture *image.RGBA) ([]byte, error) {
	colours := mostUsed(picture, 256)
	small := image.NewPaletted(picture.Bounds(), colours)
	nearest := map[color.RGBA]uint8{}
	for y := range picture.Rect.Dy() {
		for x := range picture.Rect.Dx() {
			c := picture.RGBAAt(x, y)
			index, known := nearest[c]
			if !known {
				index = uint8(colours.Index(c))
				nearest[c] = index
			}
			small.SetColorIndex(x, y, index)
		}
	}
	var file bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err := encoder.Encode(&file, small)
	return file.Bytes(), err
}

// shade is what a colour is near to: its leading bits.
type shade struct{ r, g, b uint8 }

func shadeOf(c color.RGBA) shade {
	const bits = 4
	return shade{c.R >> bits, c.G >> bits, c.B >> bits}
}

// areaPart is the part of a picture, one in so many pixels, from which on a
// colour fills an area: paper and the cards on it differ by a shade.
const areaPart = 500

// mostUsed is a palette of the colours that fill areas, and of the shades that
// a picture uses most, each by its most used colour: a hundred greens must not
// leave a grey without its own.
func mostUsed(picture *image.RGBA, most int) color.Palette {
	uses, ofShade, best := map[color.RGBA]int{}, map[shade]int{}, map[shade]color.RGBA{}
	for y := range picture.Rect.Dy() {
		for x := range picture.Rect.Dx() {
			uses[picture.RGBAAt(x, y)]++
		}
	}
	area := picture.Rect.Dx() * picture.Rect.Dy() / areaPart
	worth := map[color.RGBA]int{}
	for c, n := range uses {
		of := shadeOf(c)
		ofShade[of] += n
		if b, known := best[of]; !known || n > uses[b] || n == uses[b] && before(c, b) {
			best[of] = c
		}
		if n > area {
			worth[c] = n
		}
	}
	for of, c := range best {
		worth[c] = ofShade[of]
	}
	inOrder := slices.SortedFunc(maps.Keys(worth), func(a, b color.RGBA) int {
		if byWorth := cmp.Compare(worth[b], worth[a]); byWorth != 0 || a == b {
			return byWorth
		}
		if before(a, b) {
			return -1
		}
		return 1
	})
	var colours color.Palette
	for _, c := range inOrder[:min(most, len(inOrder))] {
		colours = append(colours, c)
	}
	return colours
}

// before is an order of colours that are used alike, so that the same picture
// always becomes the same file.
func before(a, b color.RGBA) bool {
	return cmp.Or(cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B)) < 0
}

// This file owns watching a display from outside: the X server keeps its pixels
// in a file, and reading a part of that every few milliseconds costs next to
// nothing and no program on the display.

package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"countersign/app/tools/demo/windows"
	"countersign/ui/look"
)

const (
	// pixelsFile is what Xvfb calls the file of its first screen.
	pixelsFile = "Xvfb_screen0"
	// bytesPerPixel are blue, green, red and nothing.
	bytesPerPixel = 4
	// everyLine is how many lines of the display stand for one that is read.
	everyLine = 8
	// lookEvery is the time between two looks: the finest difference that is seen.
	lookEvery = 2 * time.Millisecond
	// seenWithin bounds the wait for something to be seen.
	seenWithin = 30 * time.Second
)

// pixels are what a display shows.
type pixels struct {
	file   *os.File
	screen windows.Screen
	start  int64 // of the first pixel: they are the last of the file
	line   []byte
}

func openPixels(s windows.Screen) (*pixels, error) {
	file, err := os.Open(filepath.Join(s.Folder, pixelsFile))
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	p := &pixels{file: file, screen: s, line: make([]byte, s.Width*bytesPerPixel)}
	p.start = info.Size() - int64(s.Height*len(p.line))
	if p.start < 0 {
		return nil, fmt.Errorf("%s is no picture of a display of that size", file.Name())
	}
	return p, nil
}

// each gives the pixels of some lines, from the top down to a line, to a
// function until that has seen enough.
func (p *pixels) each(below int, enough func(pixel uint32) bool) error {
	for y := 0; y < below; y += everyLine {
		if _, err := p.file.ReadAt(p.line, p.start+int64(y*len(p.line))); err != nil {
			return err
		}
		for x := 0; x < len(p.line); x += bytesPerPixel {
			if enough(binary.LittleEndian.Uint32(p.line[x:]) & 0xffffff) {
				return nil
			}
		}
	}
	return nil
}

// drawn reports whether a window shows anything: one that has drawn nothing yet
// has one colour at most, and words bring another. It looks at the upper third,
// where no pointer is.
func (p *pixels) drawn() (bool, error) {
	colours, err := p.colours(2)
	return colours == 2, err
}

// blank reports whether there is no window.
func (p *pixels) blank() (bool, error) {
	colours, err := p.colours(1)
	return colours == 0, err
}

// nothing is the colour of a display without windows: black.
const nothing uint32 = 0

// colours counts the colours of windows in the upper third, up to a number.
func (p *pixels) colours(most int) (int, error) {
	var seen []uint32
	err := p.each(p.screen.Height/3, func(pixel uint32) bool {
		if pixel != nothing && !slices.Contains(seen, pixel) {
			seen = append(seen, pixel)
		}
		return len(seen) == most
	})
	return len(seen), err
}

// homeShare is how much of the display the big button of the customer's home
// page takes at least.
const homeShare = 0.04

// home reports whether the customer's home page is there, by its big button:
// no page that comes before it has that much of this colour.
func (p *pixels) home() (bool, error) {
	light, dark := primary(theme.VariantLight), primary(theme.VariantDark)
	all, ours := 0, 0
	err := p.each(p.screen.Height, func(pixel uint32) bool {
		all++
		if pixel == light || pixel == dark {
			ours++
		}
		return false
	})
	return float64(ours) >= homeShare*float64(all), err
}

// primary is the colour of the main action, as a pixel.
func primary(v fyne.ThemeVariant) uint32 {
	c := color.RGBAModel.Convert(look.New(look.Settings{TextScale: look.MinTextScale}).Color(look.Primary, v)).(color.RGBA)
	return uint32(c.R)<<16 | uint32(c.G)<<8 | uint32(c.B)
}

// await looks until it sees something.
func await(ctx context.Context, what string, seen func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, seenWithin)
	defer cancel()
	again := time.NewTicker(lookEvery)
	defer again.Stop()
	for {
		if there, err := seen(); there || err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("%s was not seen in time", what)
		}
	}
}

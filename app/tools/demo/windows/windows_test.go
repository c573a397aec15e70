// This file tests what reads a picture without the help of other programs, and
// one display from its start to its end.

package windows

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"countersign/app/tools/demo/programs"
)

func TestPictureOfADisplayIsDecoded(t *testing.T) {
	dump := dumpOf(2, 1, []byte{1, 2, 3, 0, 4, 5, 6, 0})
	picture, err := fromXWD(dump)
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range []color.RGBA{{3, 2, 1, 0xff}, {6, 5, 4, 0xff}} {
		if got := picture.RGBAAt(x, 0); got != want {
			t.Errorf("pixel %d is %v, not %v", x, got, want)
		}
	}
	for end := range dump {
		if _, err := fromXWD(dump[:end]); err == nil {
			t.Fatalf("the first %d bytes are taken for a picture", end)
		}
	}
}

// dumpOf is what Xvfb keeps of a display with these pixels.
func dumpOf(width, height uint32, pixels []byte) []byte {
	head := [xwdHead]uint32{
		xwdHeaderSize: xwdHead * 4, xwdVersion: 7, xwdWidth: width, xwdHeight: height,
		xwdBitsPerPixel: 32, xwdBytesPerLine: width * 4, xwdColours: 1,
	}
	var dump bytes.Buffer
	if err := binary.Write(&dump, binary.BigEndian, head); err != nil {
		panic(err) // a buffer takes everything
	}
	dump.Write(make([]byte, xwdColourSize))
	dump.Write(pixels)
	return dump.Bytes()
}

func TestPNGHasTheColoursThatAreUsedMost(t *testing.T) {
	picture := image.NewRGBA(image.Rect(0, 0, 64, 64))
	draw.Draw(picture, picture.Rect, image.White, image.Point{}, draw.Src)
	for i := range 600 {
		picture.SetRGBA(i%64, i/64, color.RGBA{uint8(i), uint8(i * 7), uint8(i * 31), 0xff})
	}
	file, err := PNG(picture)
	if err != nil {
		t.Fatal(err)
	}
	small, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(small.(*image.Paletted).Palette); n != 256 {
		t.Errorf("%d colours", n)
	}
	again, err := PNG(picture)
	if err != nil || !bytes.Equal(again, file) {
		t.Errorf("the same picture becomes another file, %v", err)
	}
	if r, _, _, _ := small.At(63, 63).RGBA(); r != 0xffff {
		t.Error("the colour that is used most is another one now")
	}
}

func TestPNGTellsACardFromThePaper(t *testing.T) {
	paper, card := color.RGBA{0xff, 0xff, 0xff, 0xff}, color.RGBA{0xf2, 0xf5, 0xf7, 0xff}
	picture := image.NewRGBA(image.Rect(0, 0, 64, 64))
	draw.Draw(picture, picture.Rect, image.NewUniform(paper), image.Point{}, draw.Src)
	draw.Draw(picture, image.Rect(8, 8, 60, 60), image.NewUniform(card), image.Point{}, draw.Src)
	file, err := PNG(picture)
	if err != nil {
		t.Fatal(err)
	}
	small, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[image.Point]color.RGBA{{X: 1, Y: 1}: paper, {X: 30, Y: 30}: card} {
		if got := color.RGBAModel.Convert(small.At(at.X, at.Y)); got != want {
			t.Errorf("at %v: %v, want %v", at, got, want)
		}
	}
}

func TestDigitsAreTheTallestShapesInOneLine(t *testing.T) {
	picture := image.NewGray(image.Rect(0, 0, 400, 200))
	draw.Draw(picture, picture.Rect, image.White, image.Point{}, draw.Src)
	ink := func(r image.Rectangle) { draw.Draw(picture, r, image.Black, image.Point{}, draw.Src) }
	for i := range 6 {
		ink(image.Rect(20+i*40, 80-i%2, 40+i*40, 130)) // round digits are a little taller
		ink(image.Rect(20+i*40, 150, 32+i*40, 175))    // a line of smaller ones
	}
	ink(image.Rect(300, 10, 310, 70)) // something taller that stands alone
	want := image.Rect(20, 79, 240, 130)
	if got := findDigits(picture, 6); got != want {
		t.Errorf("found %v, not %v", got, want)
	}
	for i := range picture.Pix {
		picture.Pix[i] = 0xff - picture.Pix[i]
	}
	if got := findDigits(picture, 6); got != want {
		t.Errorf("light on dark: found %v, not %v", got, want)
	}
	if got := findDigits(picture, 9); !got.Empty() {
		t.Errorf("nine digits are found where there are six: %v", got)
	}
}

func TestFramesGoAndWordsStay(t *testing.T) {
	picture := image.NewGray(image.Rect(0, 0, 300, 100))
	draw.Draw(picture, picture.Rect, image.White, image.Point{}, draw.Src)
	frame, word := image.Rect(20, 20, 280, 60), image.Rect(30, 30, 45, 50)
	draw.Draw(picture, frame, image.Black, image.Point{}, draw.Src)
	draw.Draw(picture, frame.Inset(2), image.White, image.Point{}, draw.Src)
	draw.Draw(picture, word, image.Black, image.Point{}, draw.Src)
	plain := withoutFrames(picture)
	if plain.GrayAt(100, 20).Y != 0xff || plain.GrayAt(20, 40).Y != 0xff {
		t.Error("the frame is still there")
	}
	if plain.GrayAt(40, 40).Y != 0 {
		t.Error("the word is gone")
	}
}

func TestDisplayLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	display, err := Open(ctx, Screen{Width: 320, Height: 200, Scale: 1})
	if err != nil {
		t.Fatal(err)
	}
	picture, err := display.Picture()
	if err != nil || picture.Rect.Size() != image.Pt(320, 200) {
		t.Errorf("the picture is %v, %v", picture.Rect, err)
	}
	failed, err := display.Start(ctx, programs.Command{Path: "false"}, nil)
	if err == nil || !strings.Contains(err.Error(), "shows no window") {
		t.Errorf("a program that ends at once has the window %v, %v", failed, err)
	}
	if err := display.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(display.own); !os.IsNotExist(err) {
		t.Errorf("its folder is left: %v", err)
	}
	select {
	case <-display.server.Ended():
	default:
		t.Error("its server is left")
	}
}

func TestOnlyPlainTextIsTyped(t *testing.T) {
	w := &Window{Display: &Display{}}
	for _, text := range []string{"żółw", "line\n", "\t"} {
		if err := w.Type(t.Context(), text); err == nil || !strings.Contains(err.Error(), "cannot be typed") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

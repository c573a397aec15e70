// This file owns which pictures are decoded and how much memory each may take.
//
// Rules: a picture's first bytes choose its decoder, from this list and no
// other. The list of the image package is not asked: whatever a program links
// adds to it, and one of those decoders took 4 GiB for eight bytes. Memory is
// counted from the picture's head, before a decoder makes room for its pixels.

package qr

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// MaxMemory is what decoding one picture may take, in bytes: the pixels of 40
// million in colour, 25 million of an interlaced PNG.
const MaxMemory = 200_000_000

// format is one kind of picture. Its decoder is asked only for what begins so.
type format struct {
	begins string // ? stands for any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// perPixel is how many bytes the decoder takes at most for each pixel.
	perPixel func(c image.Config, data []byte) float64
}

var formats = []format{
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode, perPixelOfPNG},
	{"\xff\xd8", jpeg.DecodeConfig, jpeg.Decode, perPixelOfJPEG},
	{"GIF8", gif.DecodeConfig, gif.Decode, func(image.Config, []byte) float64 { return 2 }},
	{"RIFF????WEBP", webp.DecodeConfig, webp.Decode, perPixelOfWebP},
}

// formatOf finds a picture's format; ok is false for what is read by none.
func formatOf(data []byte) (f format, ok bool) {
	for _, f := range formats {
		if beginsLike(data, f.begins) {
			return f, true
		}
	}
	return format{}, false
}

func beginsLike(data []byte, begins string) bool {
	if len(data) < len(begins) {
		return false
	}
	for i := range len(begins) {
		if begins[i] != '?' && begins[i] != data[i] {
			return false
		}
	}
	return true
}

// fits reports whether a picture stays within the limits of pixels and memory.
func (f format) fits(c image.Config, data []byte) bool {
	pixels := int64(c.Width) * int64(c.Height)
	if isDeep(c) {
		pixels *= 2
	}
	return pixels <= MaxPixels && f.perPixel(c, data)*float64(c.Width)*float64(c.Height) <= MaxMemory
}

// isDeep reports whether a picture has 16 bits a channel.
func isDeep(c image.Config) bool {
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model, color.Alpha16Model:
		return true
	}
	return false
}

// perPixelOfPNG counts grey as colour, for it may have a transparent shade and
// is then unpacked as such. An interlaced picture (the 29th byte, in the header
// that comes first) is held once whole and once in seven parts.
func perPixelOfPNG(c image.Config, data []byte) float64 {
	bytes := 4.0
	if _, few := c.ColorModel.(color.Palette); few {
		bytes = 1
	}
	if isDeep(c) {
		bytes = 8
	}
	if len(data) > 28 && data[28] != 0 {
		bytes *= 2
	}
	return bytes
}

// perPixelOfWebP counts, of a lossless frame (in its simple form, as plainWebP
// leaves it), the pixels twice, because a palette is undone into another copy,
// and half for the tables that predict them.
func perPixelOfWebP(_ image.Config, data []byte) float64 {
	if beginsLike(data, "RIFF????WEBPVP8L") {
		return 10
	}
	return 2 // lossy: chroma at half the size both ways
}

// perPixelOfJPEG counts the samples that the picture's frame names. A
// progressive one keeps each as a 32-bit number until its last scan. What is not
// in the usual colours is turned into them at the end.
func perPixelOfJPEG(c image.Config, data []byte) float64 {
	progressive, samples := frameOfJPEG(data)
	bytes := samples
	if progressive {
		bytes += 4 * samples
	}
	switch c.ColorModel {
	case color.RGBAModel, color.CMYKModel:
		bytes += 4
	}
	return bytes
}

// frameOfJPEG finds the frame's header (ITU-T T.81, B.2.2) as the decoder finds
// it, extraneous bytes and fill bytes passed over: whether the picture is
// progressive, and how many samples each pixel has, chroma counted as often as
// it is there. What is not understood counts as the worst there is.
func frameOfJPEG(data []byte) (progressive bool, samples float64) {
	const sof0, sof2, rst0, rst7, eoi, sos = 0xc0, 0xc2, 0xd0, 0xd7, 0xd9, 0xda
	for rest := data[min(2, len(data)):]; ; {
		at := bytes.IndexByte(rest, 0xff)
		if at < 0 {
			return true, 4
		}
		for rest = rest[at+1:]; len(rest) > 0 && rest[0] == 0xff; {
			rest = rest[1:] // fill bytes
		}
		if len(rest) == 0 {
			return true, 4
		}
		marker := rest[0]
		rest = rest[1:]
		switch {
		case marker == 0 || marker >= rst0 && marker <= rst7:
			continue
		case marker == eoi || marker == sos || len(rest) < 2:
			return true, 4
		}
		length := int(rest[0])<<8 | int(rest[1])
		if length < 2 || length > len(rest) {
			return true, 4
		}
		if marker >= sof0 && marker <= sof2 {
			return marker == sof2, samplesOf(rest[2:length])
		}
		rest = rest[length:]
	}
}

// samplesOf counts the samples of each pixel, of a frame's header.
func samplesOf(frame []byte) float64 {
	const head, component = 6, 3 // bytes before the components, and of each
	first, sum := 0, 0
	for at := head; at+component <= len(frame); at += component {
		area := int(frame[at+1]>>4) * int(frame[at+1]&15) // how finely it is sampled
		if first == 0 {
			first = area
		}
		sum += area
	}
	if first == 0 {
		return 4 // the decoder refuses it
	}
	return float64(sum) / float64(first)
}

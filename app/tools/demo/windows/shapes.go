// This file owns the shapes on a picture: areas that hang together. By them the
// digits are found before anybody reads them, and the frames around boxes and
// buttons are taken away, which a reader takes for letters.

package windows

import (
	"cmp"
	"image"
	"slices"
)

const (
	// middleGrey divides light from dark.
	middleGrey = 0x80
	// leastDigit is the least height of a digit that is looked for, in pixels.
	leastDigit = 20
	// leastFrame is the least length of a line that is no part of a letter.
	leastFrame = 60
	// thin is how many times the area of a frame is that of its lines, at least.
	thin = 8
)

// findDigits is the area of the tallest n shapes of one height in one line,
// dark on light or light on dark, empty if there are none. No letter is as tall
// as a digit that is to be read aloud.
func findDigits(picture *image.Gray, n int) image.Rectangle {
	var dark, light []image.Rectangle
	eachShape(picture, func(grey uint8) uint8 { return grey / middleGrey }, func(kind uint8, box image.Rectangle, _ []int) {
		switch {
		case box.Dy() < leastDigit || box.Dx() > box.Dy():
		case kind == 0:
			dark = append(dark, box)
		default:
			light = append(light, box)
		}
	})
	a, b := tallestLine(dark, n), tallestLine(light, n)
	if a.Dy() > b.Dy() {
		return a
	}
	return b
}

// tallestLine is the area of the tallest n shapes in one line.
func tallestLine(all []image.Rectangle, n int) image.Rectangle {
	slices.SortFunc(all, func(a, b image.Rectangle) int { return cmp.Compare(b.Dy(), a.Dy()) })
	for _, first := range all {
		line, count := image.Rectangle{}, 0
		for _, other := range all {
			if inLine(first, other) {
				line, count = line.Union(other), count+1
			}
		}
		if count == n {
			return line
		}
	}
	return image.Rectangle{}
}

// inLine reports whether two shapes may be digits beside each other: round ones
// are a little taller than straight ones.
func inLine(a, b image.Rectangle) bool {
	most := max(2, a.Dy()/16)
	return distance(a.Min.Y, b.Min.Y) <= most && distance(a.Max.Y, b.Max.Y) <= most
}

func distance(a, b int) int { return max(a-b, b-a) }

// withoutFrames takes the lines around boxes and buttons off a picture: long
// and thin shapes of exactly one grey.
func withoutFrames(picture *image.Gray) *image.Gray {
	plain := image.NewGray(picture.Rect)
	copy(plain.Pix, picture.Pix)
	eachShape(picture, func(grey uint8) uint8 { return grey }, func(_ uint8, box image.Rectangle, pixels []int) {
		if max(box.Dx(), box.Dy()) < leastFrame || len(pixels)*thin > leastFrame*max(box.Dx(), box.Dy()) {
			return
		}
		ground := picture.GrayAt(box.Min.X+box.Dx()/3, max(0, box.Min.Y-outside))
		for _, at := range pixels {
			plain.Pix[at] = ground.Y
		}
	})
	return plain
}

// outside is how far from a frame its ground is looked for, in pixels.
const outside = 4

// eachShape tells of all areas of a picture in which every pixel touches
// another of the same kind: the kind, the box around the area, and its pixels
// by their index. The pixels are only lent.
func eachShape(picture *image.Gray, kind func(grey uint8) uint8, tell func(kind uint8, box image.Rectangle, pixels []int)) {
	size := picture.Rect.Size()
	seen := make([]bool, size.X*size.Y)
	var area []int
	for start := range seen {
		if seen[start] {
			continue
		}
		of := kind(picture.Pix[start])
		seen[start] = true
		area = append(area[:0], start)
		box := image.Rectangle{}
		for i := 0; i < len(area); i++ {
			at := area[i]
			x, y := at%size.X, at/size.X
			box = box.Union(image.Rect(x, y, x+1, y+1))
			for _, next := range [...]struct {
				there bool
				at    int
			}{{x > 0, at - 1}, {x+1 < size.X, at + 1}, {y > 0, at - size.X}, {y+1 < size.Y, at + size.X}} {
				if next.there && !seen[next.at] && kind(picture.Pix[next.at]) == of {
					seen[next.at] = true
					area = append(area, next.at)
				}
			}
		}
		tell(of, box, area)
	}
}

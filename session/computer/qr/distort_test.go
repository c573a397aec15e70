// This file owns pictures of codes as people take them: turned, seen from the
// side, inverted, noisy, blurred, badly lit. They are made here, the same each
// time.

package qr

import (
	"image"
	"math"
	"math/rand/v2"
)

// shot says how a picture of a code is taken.
type shot struct {
	degrees  float64 // turned by
	tilt     float64 // how much shorter the far edge is than the near one: 0 seen from the front
	pan      float64 // the same for the right edge and the left one
	pixels   float64 // of a module, at the near edge
	inverted bool    // light modules on dark ground
	noise    float64 // standard deviation, of 255
	blur     int     // times that each pixel becomes the mean of its neighbours
	shade    float64 // how much darker one corner is than the other, of 1
	mirrored bool
}

// take makes the picture. The code is drawn with one pixel a module and its
// quiet zone; it is sampled four times for each pixel, as a camera's lens does.
func (s shot) take(code *image.Gray, seed uint64) *image.Gray {
	edge := float64(code.Rect.Dx())
	size := edge * s.pixels
	side := int(size*1.5) + 40
	out := image.NewGray(image.Rect(0, 0, side, side))
	sin, cos := math.Sincos(s.degrees * math.Pi / 180)
	middle := float64(side) / 2
	ground, ink := 235.0, 25.0
	if s.inverted {
		ground, ink = ink, ground
	}
	at := func(x, y float64) float64 {
		// From the picture to a square around 0, turned back, then through the
		// perspective: what is far is smaller.
		x, y = (x-middle)/size, (y-middle)/size
		x, y = cos*x+sin*y, -sin*x+cos*y
		far := 1 + s.tilt*(y-0.5) + s.pan*(x-0.5)
		x, y = x/far*(1-s.tilt/2-s.pan/2), y/far*(1-s.tilt/2-s.pan/2)
		if s.mirrored {
			x = -x
		}
		p := image.Pt(int(math.Floor((x+0.5)*edge)), int(math.Floor((y+0.5)*edge)))
		if p.In(code.Rect) && code.GrayAt(p.X, p.Y).Y < 128 {
			return ink
		}
		return ground
	}
	random := rand.New(rand.NewPCG(seed, 7))
	for y := range side {
		for x := range side {
			sum := 0.0
			for _, d := range [4][2]float64{{0.2, 0.3}, {0.7, 0.2}, {0.3, 0.8}, {0.8, 0.7}} {
				sum += at(float64(x)+d[0], float64(y)+d[1])
			}
			out.Pix[y*out.Stride+x] = uint8(sum / 4)
		}
	}
	for range s.blur {
		out = blurred(out)
	}
	for y := range side {
		for x := range side {
			light := 1 - s.shade*float64(x+y)/float64(2*side)
			v := float64(out.Pix[y*out.Stride+x])*light + random.NormFloat64()*s.noise
			out.Pix[y*out.Stride+x] = uint8(min(255, max(0, v)))
		}
	}
	return out
}

func blurred(g *image.Gray) *image.Gray {
	out := image.NewGray(g.Rect)
	copy(out.Pix, g.Pix)
	for y := 1; y < g.Rect.Dy()-1; y++ {
		for x := 1; x < g.Rect.Dx()-1; x++ {
			sum := 0
			for i := range 9 {
				sum += int(g.Pix[(y-1+i/3)*g.Stride+x-1+i%3])
			}
			out.Pix[y*out.Stride+x] = uint8(sum / 9)
		}
	}
	return out
}

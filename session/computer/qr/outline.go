// This file owns reading a code from any side: turned by any angle and seen in
// perspective. It follows the outlines of the corner patterns, whose twelve
// corners say how the code lies in the picture, and lets the alignment patterns
// correct that. Rules: no pixel is followed twice, and everything that is tried
// again and again has a limit.

package qr

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// How much is tried before a picture holds no code.
const (
	mostFollowed  = 200  // places that look like a corner whose outline is followed
	mostOutlines  = 12   // outlines that are compared with each other
	mostLayouts   = 12   // ways to lie in the picture that are sampled
	layoutsEach   = 3    // of them, of one three outlines
	alignWithin   = 2.0  // modules: how far from its place an alignment pattern is looked for
	alignStep     = 0.25 // modules
	alignFits     = 22   // of its 25 modules that must be right
	sampleOff     = 0.2  // modules: the other points of a module that are looked at
	ringShare     = 24.0 / 49
	ringTolerance = 0.2
)

// point is a place in the picture, in pixels, or in the code, in modules.
type point struct{ x, y float64 }

func (p point) sub(q point) point     { return point{p.x - q.x, p.y - q.y} }
func (p point) cross(q point) float64 { return p.x*q.y - p.y*q.x }
func (p point) length() float64       { return math.Hypot(p.x, p.y) }

// outline is a corner pattern: its middle and the four corners of its ring, in
// an order around it.
type outline struct {
	middle  point
	corners [4]point
}

// edge is the mean edge of the ring, seven modules long.
func (o outline) edge() float64 {
	sum := 0.0
	for i, c := range o.corners {
		sum += c.sub(o.corners[(i+1)%4]).length()
	}
	return sum / 4
}

// locateOutlined reads the code in a picture by the outlines of its corners.
func locateOutlined(ctx context.Context, black *gozxing.BitMatrix, found []*detector.FinderPattern) (string, bool) {
	return readLayouts(ctx, black, layouts(outlines(ctx, black, found)))
}

// readLayouts reads the code as it lies in the first way in which it can be read.
func readLayouts(ctx context.Context, black *gozxing.BitMatrix, all []*layout) (string, bool) {
	for _, l := range all {
		if ctx.Err() != nil {
			break
		}
		l.align(black)
		if text, ok := l.sample(black); ok {
			return text, true
		}
	}
	return "", false
}

// outlines follows the rings around the places that look like a corner.
func outlines(ctx context.Context, black *gozxing.BitMatrix, found []*detector.FinderPattern) []outline {
	seen := make([]bool, black.GetWidth()*black.GetHeight())
	var all []outline
	for _, f := range found[:min(len(found), mostFollowed)] {
		if ctx.Err() != nil || len(all) == mostOutlines {
			break
		}
		if ring, ok := ringAround(black, image.Pt(int(f.GetX()), int(f.GetY()))); ok {
			if o, ok := follow(black, seen, ring, point{f.GetX(), f.GetY()}); ok {
				all = append(all, o)
			}
		}
	}
	return all
}

// ringAround walks from the middle of a corner pattern to its right, to the ring.
func ringAround(black *gozxing.BitMatrix, at image.Point) (image.Point, bool) {
	for _, colour := range []bool{true, false} {
		for at.X < black.GetWidth() && black.Get(at.X, at.Y) == colour {
			at.X++
		}
	}
	return at, at.X < black.GetWidth()
}

// follow finds all pixels of a ring and the four of them that lie farthest out.
// What is no ring, by the room that it takes between them, is refused.
func follow(black *gozxing.BitMatrix, seen []bool, from image.Point, middle point) (outline, bool) {
	width, height := black.GetWidth(), black.GetHeight()
	if seen[from.Y*width+from.X] {
		return outline{}, false
	}
	seen[from.Y*width+from.X] = true
	ring := []image.Point{from}
	for i := 0; i < len(ring); i++ {
		for _, to := range []image.Point{{ring[i].X - 1, ring[i].Y}, {ring[i].X + 1, ring[i].Y}, {ring[i].X, ring[i].Y - 1}, {ring[i].X, ring[i].Y + 1}} {
			if to.X < 0 || to.Y < 0 || to.X >= width || to.Y >= height || seen[to.Y*width+to.X] || !black.Get(to.X, to.Y) {
				continue
			}
			seen[to.Y*width+to.X] = true
			ring = append(ring, to)
		}
	}
	centre := func(p image.Point) point { return point{float64(p.X) + 0.5, float64(p.Y) + 0.5} }
	farthest := func(score func(point) float64) point {
		best := slices.MaxFunc(ring, func(a, b image.Point) int { return cmp.Compare(score(centre(a)), score(centre(b))) })
		return centre(best)
	}
	first := farthest(func(p point) float64 { return p.sub(middle).length() })
	out := first.sub(middle)
	third := farthest(func(p point) float64 { return p.sub(first).length() })
	// The other two corners are those farthest from the diagonal, one on each side.
	diagonal := third.sub(first)
	second := farthest(func(p point) float64 { return diagonal.cross(p.sub(first)) })
	fourth := farthest(func(p point) float64 { return -diagonal.cross(p.sub(first)) })
	o := outline{middle, [4]point{first, second, third, fourth}}
	area := math.Abs(diagonal.cross(fourth.sub(second))) / 2
	if out.length() < 2 || area < 25 || math.Abs(float64(len(ring))/area-ringShare) > ringTolerance {
		return outline{}, false
	}
	// A pixel has an edge: what lies farthest out is half of one further.
	for i, c := range o.corners {
		away := c.sub(middle)
		grow := 1 + 0.5/max(1, away.length())
		o.corners[i] = point{middle.x + away.x*grow, middle.y + away.y*grow}
	}
	return o, true
}

// layout is one way in which a code may lie in the picture.
type layout struct {
	modules  int
	code     []point // places in the code ...
	picture  []point // ... and where each is in the picture
	plane    homography
	residual float64 // how far off the places are, in modules
}

// layouts lists how codes may lie whose corners are three of the outlines, the
// ways that fit best first.
func layouts(all []outline) []*layout {
	var found []*layout
	for i, a := range all {
		for j, b := range all[:i] {
			for _, c := range all[:j] {
				found = append(found, layoutsOf([3]outline{a, b, c})...)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b *layout) int { return cmp.Compare(a.residual, b.residual) })
	return found[:min(len(found), mostLayouts)]
}

// layoutsOf tries every size that three outlines leave possible.
func layoutsOf(three [3]outline) []*layout {
	// The corner pattern between the other two is the one whose edges point to them.
	var best []*layout
	for i, at := range three {
		right, down := three[(i+1)%3], three[(i+2)%3]
		if right.middle.sub(at.middle).cross(down.middle.sub(at.middle)) < 0 {
			right, down = down, right
		}
		module := (at.edge() + right.edge() + down.edge()) / 21
		across := (right.middle.sub(at.middle).length()+down.middle.sub(at.middle).length())/2/module + 2*cornerCentre
		for modules := fewestModules; modules <= mostModules; modules += versionStep {
			if float64(modules) < 0.6*across || float64(modules) > 1.6*across {
				continue
			}
			if l, ok := newLayout(modules, at, right, down); ok {
				best = append(best, l)
			}
		}
	}
	slices.SortStableFunc(best, func(a, b *layout) int { return cmp.Compare(a.residual, b.residual) })
	return best[:min(len(best), layoutsEach)]
}

// newLayout lays a code of so many modules under three outlines.
func newLayout(modules int, at, right, down outline) (*layout, bool) {
	l := &layout{modules: modules}
	u, v := right.middle.sub(at.middle), down.middle.sub(at.middle)
	turn := u.cross(v)
	if turn == 0 {
		return nil, false
	}
	far := float64(modules - 7)
	for _, corner := range []struct {
		outline
		x, y float64
	}{{at, 0, 0}, {right, far, 0}, {down, 0, far}} {
		var taken [4]bool
		for _, c := range corner.corners {
			away := c.sub(corner.middle)
			place, spot := 0, point{corner.x, corner.y}
			if away.cross(v)/turn > 0 {
				place, spot.x = 1, corner.x+7
			}
			if u.cross(away)/turn > 0 {
				place, spot.y = place+2, corner.y+7
			}
			if taken[place] {
				return nil, false
			}
			taken[place] = true
			l.code, l.picture = append(l.code, spot), append(l.picture, c)
		}
	}
	return l, l.fit() && l.residual < 1
}

// fit computes the plane from the places known until now.
func (l *layout) fit() bool {
	plane, ok := fitHomography(l.code, l.picture)
	if !ok {
		return false
	}
	sum := 0.0
	for i, p := range l.code {
		near, also := plane.at(p), plane.at(point{p.x + 1, p.y})
		off, module := near.sub(l.picture[i]).length(), also.sub(near).length()
		sum += (off / module) * (off / module)
	}
	l.plane, l.residual = plane, math.Sqrt(sum/float64(len(l.code)))
	return !math.IsNaN(l.residual)
}

// align looks for the alignment patterns, those near the corners first, and
// lets each correct the plane for the next.
func (l *layout) align(black *gozxing.BitMatrix) {
	version, err := decoder.Version_GetProvisionalVersionForDimension(l.modules)
	if err != nil {
		return
	}
	rows := version.GetAlignmentPatternCenters()
	var places []point
	for i, y := range rows {
		for j, x := range rows {
			last := len(rows) - 1
			if corner := (i == 0 || i == last) && (j == 0 || j == last); corner && (i != last || j != last) {
				continue // a corner pattern is there
			}
			places = append(places, point{float64(x) + 0.5, float64(y) + 0.5})
		}
	}
	slices.SortStableFunc(places, func(a, b point) int { return cmp.Compare(min(a.x, a.y)+(a.x+a.y)/4, min(b.x, b.y)+(b.x+b.y)/4) })
	for _, p := range places {
		if at, ok := l.alignment(black, p); ok {
			l.code, l.picture = append(l.code, p), append(l.picture, l.plane.at(at))
			before := *l
			if !l.fit() {
				*l = before
				return
			}
		}
	}
}

// alignment looks for one alignment pattern around its place in the code.
func (l *layout) alignment(black *gozxing.BitMatrix, p point) (point, bool) {
	best, where, ties := 0, point{}, 0.0
	for dy := -alignWithin; dy <= alignWithin; dy += alignStep {
		for dx := -alignWithin; dx <= alignWithin; dx += alignStep {
			fits := 0
			for y := -2.0; y <= 2; y++ {
				for x := -2.0; x <= 2; x++ {
					dark := max(math.Abs(x), math.Abs(y)) != 1
					if l.black(black, point{p.x + dx + x, p.y + dy + y}) == dark {
						fits++
					}
				}
			}
			switch {
			case fits > best:
				best, where, ties = fits, point{dx, dy}, 1
			case fits == best:
				where, ties = point{where.x + dx, where.y + dy}, ties+1
			}
		}
	}
	return point{p.x + where.x/ties, p.y + where.y/ties}, best >= alignFits
}

// black reports whether the picture is black at a place of the code.
func (l *layout) black(black *gozxing.BitMatrix, p point) bool {
	at := l.plane.at(p)
	// Written so that what is no number is outside as well.
	if !(at.x >= 0 && at.y >= 0 && at.x < float64(black.GetWidth()) && at.y < float64(black.GetHeight())) {
		return false
	}
	return black.Get(int(at.x), int(at.y))
}

// sample reads the modules, each by the majority of five points of it.
func (l *layout) sample(black *gozxing.BitMatrix) (string, bool) {
	bits, err := gozxing.NewSquareBitMatrix(l.modules)
	if err != nil {
		return "", false
	}
	for y := range l.modules {
		for x := range l.modules {
			dark := 0
			for _, off := range []point{{0, 0}, {-sampleOff, 0}, {sampleOff, 0}, {0, -sampleOff}, {0, sampleOff}} {
				if l.black(black, point{float64(x) + 0.5 + off.x, float64(y) + 0.5 + off.y}) {
					dark++
				}
			}
			if dark >= 3 {
				bits.Set(x, y)
			}
		}
	}
	return decodeModules(bits)
}

// homography takes a place in the code to one in the picture; its last number is 1.
type homography [8]float64

func (h homography) at(p point) point {
	w := h[6]*p.x + h[7]*p.y + 1
	return point{(h[0]*p.x + h[1]*p.y + h[2]) / w, (h[3]*p.x + h[4]*p.y + h[5]) / w}
}

// fitHomography finds the plane that fits places best, by least squares of the
// linear equations (R. Hartley, A. Zisserman, "Multiple View Geometry", 4.1).
func fitHomography(code, picture []point) (homography, bool) {
	// Numbers near 1 keep the equations well-conditioned.
	scale := 1.0
	for _, p := range append(slices.Clone(code), picture...) {
		scale = max(scale, math.Abs(p.x), math.Abs(p.y))
	}
	var m [8][9]float64
	for i := range code {
		x, y := code[i].x/scale, code[i].y/scale
		for _, row := range [2][9]float64{
			{x, y, 1, 0, 0, 0, -x * picture[i].x / scale, -y * picture[i].x / scale, picture[i].x / scale},
			{0, 0, 0, x, y, 1, -x * picture[i].y / scale, -y * picture[i].y / scale, picture[i].y / scale},
		} {
			for a := range 8 {
				for b := range 9 {
					m[a][b] += row[a] * row[b]
				}
			}
		}
	}
	h, ok := solve(m)
	if !ok {
		return homography{}, false
	}
	for _, i := range []int{2, 5} {
		h[i] *= scale
	}
	for _, i := range []int{6, 7} {
		h[i] /= scale
	}
	return h, true
}

// solve is Gauss's elimination with pivots.
func solve(m [8][9]float64) (homography, bool) {
	for a := range 8 {
		pivot := a
		for b := a + 1; b < 8; b++ {
			if math.Abs(m[b][a]) > math.Abs(m[pivot][a]) {
				pivot = b
			}
		}
		m[a], m[pivot] = m[pivot], m[a]
		if math.Abs(m[a][a]) < 1e-14 {
			return homography{}, false
		}
		for b := range 8 {
			if b == a {
				continue
			}
			by := m[b][a] / m[a][a]
			for c := a; c < 9; c++ {
				m[b][c] -= by * m[a][c]
			}
		}
	}
	var h homography
	for a := range 8 {
		h[a] = m[a][8] / m[a][a]
	}
	return h, true
}

// This file owns finding a code in a black-and-white picture. It puts the
// library's parts together in another order than the library's own reader,
// which takes one guess at the three corners and one at the size: in a picture
// of a screen, turned a little and blurred, one of the two is often wrong. Here
// the likeliest corners and every size near the likeliest are tried. A wrong
// guess costs little and is not read: its error correction does not come out.

package qr

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// Measures of a code in modules (ISO/IEC 18004, sections 5.3 and 6.3).
const (
	fewestModules = 21  // the edge of version 1
	mostModules   = 177 // the edge of version 40
	versionStep   = 4
	cornerCentre  = 3.5 // from the edge of the code to the centre of a corner
	fourthCentre  = 6.5 // the same for the alignment pattern where no corner is
)

// How much is tried before a picture holds no code.
const (
	mostFound    = 1000 // places that look like a corner: a picture made to have more is not searched on
	mostCentres  = 10   // of them that may be one
	mostTriples  = 5    // of those
	versionsNear = 2    // the likeliest version, to each side
	mostSkew     = 0.3  // of three corners, see corners.skew
)

// corners are the centres of a code's three corner patterns.
type corners struct{ topLeft, topRight, bottomLeft *detector.FinderPattern }

// locate reads the code in a picture, if there is one.
func locate(ctx context.Context, black *gozxing.BitMatrix) (string, bool) {
	found := centres(ctx, black)
	for _, c := range triples(found[:min(len(found), mostCentres)]) {
		for _, modules := range c.widths() {
			if ctx.Err() != nil {
				return "", false
			}
			if fourth := fourthPattern(black, c, modules); fourth != nil {
				if text, ok := sample(black, c, fourth, modules); ok {
					return text, true
				}
			}
			if text, ok := sample(black, c, nil, modules); ok {
				return text, true
			}
		}
	}
	return locateOutlined(ctx, black, found)
}

// centres lists what looks like a corner pattern along some row, along its
// column and along its diagonal; what does so in most rows comes first.
func centres(ctx context.Context, black *gozxing.BitMatrix) []*detector.FinderPattern {
	finder := detector.NewFinderPatternFinder(black, nil)
	for y := range black.GetHeight() {
		if ctx.Err() != nil || len(finder.GetPossibleCenters()) > mostFound {
			break
		}
		searchRow(finder, y)
	}
	found := finder.GetPossibleCenters()
	slices.SortStableFunc(found, func(a, b *detector.FinderPattern) int { return cmp.Compare(b.GetCount(), a.GetCount()) })
	return found
}

// searchRow hands each row of five runs, black at both ends, to the finder if
// their lengths are those of a line through a corner pattern.
func searchRow(finder *detector.FinderPatternFinder, y int) {
	black := finder.GetImage()
	runs, isBlack := make([]int, 5), false // the last five, the newest last
	for x := range black.GetWidth() + 1 {
		now := x < black.GetWidth() && black.Get(x, y)
		if now != isBlack {
			if isBlack && runs[0] > 0 && detector.FinderPatternFinder_foundPatternCross(runs) {
				finder.HandlePossibleCenter(runs, y, x)
			}
			copy(runs, runs[1:])
			runs[4], isBlack = 0, now
		}
		runs[4]++
	}
}

// triples lists the corners that three of the centres can be: those nearest to
// half a square first.
func triples(centres []*detector.FinderPattern) []corners {
	type candidate struct {
		corners
		skew float64
	}
	var all []candidate
	for i, a := range centres {
		for j, b := range centres[:i] {
			for _, c := range centres[:j] {
				bottomLeft, topLeft, topRight := gozxing.ResultPoint_OrderBestPatterns(a, b, c)
				at := corners{topLeft.(*detector.FinderPattern), topRight.(*detector.FinderPattern), bottomLeft.(*detector.FinderPattern)}
				if skew := at.skew(); skew < mostSkew {
					all = append(all, candidate{at, skew})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.skew, b.skew) })
	var best []corners
	for _, c := range all[:min(len(all), mostTriples)] {
		best = append(best, c.corners)
	}
	return best
}

// skew says how far the corners are from half a square with three patterns of
// one size: 0 for the best.
func (c corners) skew() float64 {
	across, down := gozxing.ResultPoint_Distance(c.topLeft, c.topRight), gozxing.ResultPoint_Distance(c.topLeft, c.bottomLeft)
	diagonal := gozxing.ResultPoint_Distance(c.topRight, c.bottomLeft)
	sizes := []float64{c.topLeft.GetEstimatedModuleSize(), c.topRight.GetEstimatedModuleSize(), c.bottomLeft.GetEstimatedModuleSize()}
	return math.Abs(across-down)/diagonal + math.Abs(diagonal-math.Hypot(across, down))/diagonal + (slices.Max(sizes)-slices.Min(sizes))/slices.Max(sizes)
}

// widths lists how many modules wide the code may be, the likeliest first.
func (c corners) widths() []int {
	module := (c.topLeft.GetEstimatedModuleSize() + c.topRight.GetEstimatedModuleSize() + c.bottomLeft.GetEstimatedModuleSize()) / 3
	edge := (gozxing.ResultPoint_Distance(c.topLeft, c.topRight) + gozxing.ResultPoint_Distance(c.topLeft, c.bottomLeft)) / 2
	likeliest := edge/module + 2*cornerCentre
	nearest := fewestModules + versionStep*int(math.Round((likeliest-fewestModules)/versionStep))
	var all []int
	for modules := nearest - versionsNear*versionStep; modules <= nearest+versionsNear*versionStep; modules += versionStep {
		if modules >= fewestModules && modules <= mostModules {
			all = append(all, modules)
		}
	}
	slices.SortStableFunc(all, func(a, b int) int {
		return cmp.Compare(math.Abs(float64(a)-likeliest), math.Abs(float64(b)-likeliest))
	})
	return all
}

// fourthPattern looks for the alignment pattern where the code has no corner
// pattern. It is nil when there is none: the grid is then taken to be even.
func fourthPattern(black *gozxing.BitMatrix, c corners, modules int) *detector.AlignmentPattern {
	if modules == fewestModules {
		return nil
	}
	between := float64(modules) - 2*cornerCentre // corner centres, in modules
	part := 1 - (fourthCentre-cornerCentre)/between
	x := c.topLeft.GetX() + part*(c.topRight.GetX()+c.bottomLeft.GetX()-2*c.topLeft.GetX())
	y := c.topLeft.GetY() + part*(c.topRight.GetY()+c.bottomLeft.GetY()-2*c.topLeft.GetY())
	module := gozxing.ResultPoint_Distance(c.topLeft, c.topRight) / between
	const reach = 4 // modules
	left, top := max(int(x-reach*module), 0), max(int(y-reach*module), 0)
	right, bottom := min(int(x+reach*module), black.GetWidth()-1), min(int(y+reach*module), black.GetHeight()-1)
	if right <= left || bottom <= top {
		return nil
	}
	found, err := detector.NewAlignmentPatternFinder(black, left, top, right-left, bottom-top, module, nil).Find()
	if err != nil {
		return nil
	}
	return found
}

// sample reads the code as a grid of so many modules between its corners.
func sample(black *gozxing.BitMatrix, c corners, fourth *detector.AlignmentPattern, modules int) (string, bool) {
	grid := detector.Detector_createTransform(c.topLeft, c.topRight, c.bottomLeft, fourth, modules)
	bits, err := detector.Detector_sampleGrid(black, grid, modules)
	if err != nil {
		return "", false
	}
	return decodeModules(bits)
}

// decodeModules reads the modules of a code.
func decodeModules(bits *gozxing.BitMatrix) (string, bool) {
	result, err := decoder.NewDecoder().Decode(bits, nil)
	if err != nil {
		return "", false
	}
	return result.GetText(), true
}

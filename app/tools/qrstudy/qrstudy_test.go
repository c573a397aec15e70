// Tests of the study itself: its offers are real and the same each time, its
// pictures are spoiled as it says, and it notices what a reader gets wrong. How
// many pictures are read is the study's own result, not a test's.

package main

import (
	"bytes"
	"errors"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

func TestMain(m *testing.M) {
	test.NewApp()
	os.Exit(m.Run())
}

func TestOffersAreRealAndTheSameEachTime(t *testing.T) {
	s, err := makeSample(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	again, err := makeSample(1, 3)
	if err != nil || again.text != s.text || !bytes.Equal(again.picture, s.picture) {
		t.Errorf("number 3 differs the second time: %v", err)
	}
	if other, err := makeSample(2, 3); err != nil || other.text == s.text {
		t.Errorf("another seed gives the same offer: %v", err)
	}
	frame, err := offer.ParseText(s.text)
	if err != nil {
		t.Fatal(err)
	}
	credential, err := trust.PeekCredential(frame.Credential)
	if err != nil {
		t.Fatal(err)
	}
	core, _, err := frame.Verify(credential.Key())
	if err != nil || core.Credential != credential.Hash() || !credential.Allows(core.Purpose) {
		t.Errorf("the frame does not hold: %v", err)
	}
}

func TestEveryClassIsDrawnUpToTheLongestNames(t *testing.T) {
	sum := 0
	for _, c := range classes {
		sum += c.share
	}
	if sum != 100 {
		t.Errorf("the shares sum up to %d", sum)
	}
	longest := classes[len(classes)-1]
	if longest.longest != 40 || len(string(longest.alphabet[0])) != 4 {
		t.Errorf("the last class does not have the longest names: %+v", longest)
	}
	seen := map[int]bool{}
	for number := range 60 {
		s, err := makeSample(1, number)
		if err != nil {
			t.Fatal(err)
		}
		seen[s.class] = true
		if len(seen) == len(classes) {
			return
		}
	}
	t.Errorf("among 60 offers are %d of %d classes", len(seen), len(classes))
}

func TestPicturesAreSpoiledAsTheStudySays(t *testing.T) {
	dot := image.NewGray(image.Rect(0, 0, 201, 201))
	dot.Pix[100*dot.Stride+180] = 255
	bright := func(g *image.Gray) image.Point {
		i := slices.Index(g.Pix, slices.Max(g.Pix))
		return image.Pt(i%g.Stride, i/g.Stride)
	}
	// 80 pixels to the right of the centre, two degrees are 2.8 pixels.
	if at := bright(turned(dot, 2, 0)); at != image.Pt(180, 97) {
		t.Errorf("turned by two degrees the dot is at %v", at)
	}
	if at := bright(turned(dot, -2, 0)); at != image.Pt(180, 103) {
		t.Errorf("turned back by two degrees the dot is at %v", at)
	}
	if corner := turned(dot, 2, 77).Pix[0]; corner != 77 {
		t.Errorf("the page comes in as %d", corner)
	}
	blurred := blur(dot, blurRadius)
	for y := range blurred.Rect.Dy() {
		for x := range blurred.Rect.Dx() {
			want := uint8(0)
			if max(x-180, 180-x) <= blurRadius && max(y-100, 100-y) <= blurRadius {
				want = (255 + 4) / 9
			}
			if got := blurred.GrayAt(x, y).Y; got != want {
				t.Fatalf("blurred it is %d at %d, %d, not %d", got, x, y, want)
			}
		}
	}
	drawn, modules, err := drawCode(strings.Repeat("A", 600), leastModule, image.White.C)
	if err != nil || drawn.Rect.Dx() < int(leastModule)*modules {
		t.Errorf("%d modules in %v: %v", modules, drawn.Rect, err)
	}
}

// Both readers are given a picture of another text than they are asked for.
func TestBothReadersAreCaughtMisreading(t *testing.T) {
	folder := t.TempDir()
	rows, err := readBatch(t.Context(), 1, 0, 2, folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.read[zbar].outcome != right || r.read[ours].outcome != right {
			t.Fatalf("offer %d is not read: %+v", r.number, r.read)
		}
	}
	file := filepath.Join(folder, "swapped.png")
	if err := os.WriteFile(file, rows[1].picture, 0o600); err != nil {
		t.Fatal(err)
	}
	swapped := []result{{sample: rows[0].sample}}
	swapped[0].picture = rows[1].picture
	if err := errors.Join(readOurs(t.Context(), swapped), readZbar(t.Context(), swapped, []string{file})); err != nil {
		t.Fatal(err)
	}
	for i, reader := range readers {
		if got := swapped[0].read[i].outcome; got != misread {
			t.Errorf("%s: %s", reader.name, got)
		}
	}
}

func TestNothingToReadIsUnread(t *testing.T) {
	s, err := makeSample(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "white.png")
	white, err := encoded(image.NewGray(image.Rect(0, 0, 300, 300)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, white, 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []result{{sample: s}}
	rows[0].picture = white
	if err := errors.Join(readOurs(t.Context(), rows), readZbar(t.Context(), rows, []string{file})); err != nil {
		t.Fatal(err)
	}
	if rows[0].read[zbar].outcome != unread || rows[0].read[ours].outcome != unread {
		t.Errorf("%+v", rows[0].read)
	}
}

func TestGoalsAreJudged(t *testing.T) {
	rows := func(outcomes ...[2]outcome) *tally {
		var t tally
		for i := range 1000 {
			r := result{sample: sample{version: 16, bytes: 400}}
			for reader := range readers {
				r.read[reader] = reading{right, time.Millisecond}
				if i < len(outcomes) {
					r.read[reader].outcome = outcomes[i][reader]
				}
			}
			t.add([]result{r})
		}
		return &t
	}
	zbarFails, oursFails := [2]outcome{unread, right}, [2]outcome{right, unread}
	for name, c := range map[string]struct {
		rows *tally
		met  bool
	}{
		"all are read":              {rows(), true},
		"zbarimg reads 99 %":        {rows(slices.Repeat([][2]outcome{zbarFails}, 10)...), true},
		"zbarimg reads less":        {rows(slices.Repeat([][2]outcome{zbarFails}, 11)...), false},
		"ours reads 99.5 %":         {rows(slices.Repeat([][2]outcome{oursFails}, 5)...), true},
		"ours reads less":           {rows(slices.Repeat([][2]outcome{oursFails}, 6)...), false},
		"zbarimg misreads a single": {rows([2]outcome{misread, right}), false},
		"ours misreads a single":    {rows([2]outcome{right, misread}), false},
	} {
		err := c.rows.judge()
		if c.met != (err == nil) || err != nil && !errors.Is(err, errGoal) {
			t.Errorf("%s: %v", name, err)
		}
		var out bytes.Buffer
		if err := c.rows.print(&out); err != nil || !strings.Contains(out.String(), "16-M") {
			t.Errorf("%s: %v\n%s", name, err, &out)
		}
	}
}

func TestTheProgramPrintsATable(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-offers", "2", "-seed", "5"}, &out); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"QR version", "zbarimg", "ours", "Seed 5, 2 offers"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	for _, bad := range [][]string{{"-offers", "0"}, {"more"}} {
		if err := run(t.Context(), bad, &out); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

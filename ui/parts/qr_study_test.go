//go:build study

// This file owns the study of how well QR frames are read from a screen (make
// qr-study): random offers, made as an agent's program makes them, are drawn as
// the agent's window draws them, spoiled as a camera spoils a picture, and read
// by two readers that share no code, zbarimg and our own.
//
// Rules: what becomes of an offer depends on the seed and its number alone. How
// a code is drawn or read is measured as it is, never adapted here.

package parts_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
	"golang.org/x/sync/errgroup"

	"countersign/session/computer/qr"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
	"countersign/ui/look"
	"countersign/ui/parts"
)

var (
	studyOffers = flag.Int("study-offers", 2000, "how many offers are drawn and read")
	studySeed   = flag.Uint64("study-seed", 1, "another seed gives other offers and other pictures")
	studyKeep   = flag.String("study-keep", "", "an existing `folder`, by its full name, for the pictures that a reader did not read")
)

// readers have as their goal the least share of pictures that must be read.
// None may ever read another text than the one drawn.
var readers = [...]struct {
	name string
	goal float64
	read func(ctx context.Context, picture []byte) (texts []string, err error)
}{{"zbarimg", 0.99, readZbar}, {"ours", 0.995, readOurs}}

// outcome is what a reader made of a picture.
type outcome string

const (
	right   outcome = "read"
	unread  outcome = "unread"
	misread outcome = "misread" // it read a text that was not drawn
)

// group is some of the offers: a line of the table.
type group []sample

func TestQRStudy(t *testing.T) {
	test.NewTempApp(t) // Fyne draws only beside an app; this one needs no display
	all := make(group, *studyOffers)
	work, ctx := errgroup.WithContext(t.Context())
	work.SetLimit(runtime.NumCPU())
	for number := range all {
		work.Go(func() error {
			s, err := makeSample(*studySeed, number)
			if err == nil {
				err = s.beRead(ctx)
			}
			s.picture = nil // hundreds of megabytes in all
			all[number] = s
			return err
		})
	}
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := all.print(t.Output()); err != nil {
		t.Error(err)
	}
	for i, reader := range readers {
		if n := all.count(i, misread); n > 0 {
			t.Errorf("%s read %d texts that were not drawn", reader.name, n)
		}
		if share := all.share(i); share < reader.goal {
			t.Errorf("%s read %.2f %% of the pictures, not %.1f %%", reader.name, 100*share, 100*reader.goal)
		}
	}
}

// TestQRStudyNotices what a reader gets wrong: a picture of another text, and
// one of nothing. The same number gives the same picture again.
func TestQRStudyNotices(t *testing.T) {
	test.NewTempApp(t)
	var samples [3]sample
	for i, number := range []int{3, 4, 3} {
		var err error
		if samples[i], err = makeSample(1, number); err != nil {
			t.Fatal(err)
		}
	}
	if samples[2].text != samples[0].text || !bytes.Equal(samples[2].picture, samples[0].picture) {
		t.Error("number 3 differs the second time")
	}
	white, err := encoded(image.White, image.Rect(0, 0, 300, 300))
	if err != nil {
		t.Fatal(err)
	}
	for want, picture := range map[outcome][]byte{right: samples[0].picture, misread: samples[1].picture, unread: white} {
		s := sample{text: samples[0].text, picture: picture}
		if err := s.beRead(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, reader := range readers {
			if s.outcome[i] != want {
				t.Errorf("%s: %s, not %s", reader.name, s.outcome[i], want)
			}
		}
	}
}

// TestQRStudySpoils a dot 80 pixels to the right of the centre: there, two
// degrees are 2.8 pixels, and its light is then shared out to its neighbours.
func TestQRStudySpoils(t *testing.T) {
	dot := image.NewRGBA(image.Rect(0, 0, 201, 201))
	draw.Draw(dot, dot.Rect, image.Black, image.Point{}, draw.Src)
	dot.Set(180, 100, color.White)
	for degrees, want := range map[float64]float64{2: 97.2, -2: 102.8} {
		out, brightest, light, moment := spoiled(dot, degrees, color.Black), 0, 0, 0
		for y := range out.Rect.Dy() {
			for x := range out.Rect.Dx() {
				v := int(out.RGBAAt(x, y).R)
				brightest, light, moment = max(brightest, v), light+v, moment+y*v
			}
		}
		if at := float64(moment) / float64(light); math.Abs(at-want) > 0.1 || brightest > 255/9+1 || light < 240 {
			t.Errorf("turned by %v degrees, the dot is at %.2f, not %.2f; its light is %d, at most %d in one place", degrees, at, want, light, brightest)
		}
		if corner := spoiled(dot, degrees, color.White).RGBAAt(0, 0).R; corner < 200 {
			t.Errorf("turned by %v degrees, the page comes in as %d", degrees, corner)
		}
	}
}

// class is a kind of agent credential: what is written in it makes most of the
// difference between the sizes of frames.
type class struct {
	name     string
	share    int // of a hundred offers
	shortest int // characters of a name, role or department
	longest  int
	alphabet []rune
}

// Letters of one, two, three and four bytes. All of them are letters in normal
// form, so that CP1 allows a name of 40.
var (
	latin = []rune("ABDEGHIKLMNOPRSTUWZabcdefghijklmnoprstuwyz")
	greek = []rune("\u0391\u0392\u0393\u0394\u0396\u0398\u039b\u039e\u03a0\u03a3\u03b1\u03b2\u03b3\u03b4\u03b5\u03b6\u03b7\u03b8\u03bb\u03bc")
	han   = []rune("\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u5c71\u5ddd\u7530\u6728\u6797\u68ee")
	rare  = []rune("\U0002000B\U00020089\U000201A2\U00020213\U0002032B\U00020381\U000203F9\U0002044A\U00020509\U000205D6") // Han, extension B
)

// classes: typical is what the size goal of a frame speaks of.
var classes = []class{
	{"short", 20, 2, 12, latin},
	{"typical", 45, 18, 24, latin},
	{"longest, 1 byte a letter", 15, 40, 40, latin},
	{"longest, 2 bytes a letter", 8, 40, 40, greek},
	{"longest, 3 bytes a letter", 6, 40, 40, han},
	{"longest, 4 bytes a letter", 6, 40, 40, rare},
}

// sample is one offer, its spoiled picture, and what each reader made of it.
type sample struct {
	number  int
	class   int // index in classes
	text    string
	bytes   int // of the frame
	version int // of the QR code
	picture []byte
	outcome [len(readers)]outcome
	took    [len(readers)]time.Duration
}

// makeSample makes the offer and the picture of a number.
func makeSample(seed uint64, number int) (sample, error) {
	random := rand.New(rand.NewPCG(seed, uint64(number)))
	s := sample{number: number}
	for at := random.IntN(100); at >= classes[s.class].share; s.class++ {
		at -= classes[s.class].share
	}
	var err error
	if s.text, err = frameText(random, classes[s.class]); err != nil {
		return sample{}, fmt.Errorf("offer %d: %w", number, err)
	}
	digits := len(s.text) - len("CP1:") // base45 makes three of two bytes
	s.bytes = digits/3*2 + digits%3/2
	s.picture, s.version, err = picture(random, s.text)
	return s, err
}

// frameText makes an agent of the class and a frame of an offer by that agent.
func frameText(random *rand.Rand, c class) (string, error) {
	agent, issuer := newKey(random), newKey(random)
	start := time.Unix(1_790_000_000+random.Int64N(1<<26), 0)
	purposes := trust.Purposes()
	if random.IntN(2) > 0 {
		purposes = purposes[:1+random.IntN(len(purposes))]
	}
	credential, err := trust.SignCredential(trust.Credential{
		Issuer: wire.KeyID(wire.Point(&issuer.PublicKey)), AgentID: random.Uint64N(100_000),
		Name: someName(random, c), Role: someName(random, c), Department: someName(random, c),
		NotBefore: start.Add(-time.Hour).Unix(), Expiry: start.Add(-time.Hour + trust.MaxCredential).Unix(),
		ID: [16]byte(someBytes(random, 16)), Public: wire.Point(&agent.PublicKey), Purposes: purposes,
	}, issuer)
	if err != nil {
		return "", err
	}
	core, err := someCore(random, start, credential, purposes)
	if err != nil {
		return "", err
	}
	text, err := offer.NewFrame(core, start.Add(time.Duration(random.IntN(280))*time.Second), agent, credential)
	if err != nil {
		return "", err
	}
	frame, err := offer.ParseText(text)
	if err == nil {
		_, _, err = frame.Verify(&agent.PublicKey) // a real offer, as a companion takes it
	}
	return text, err
}

// someCore is an offer of real keys to a real reference, or, one time in
// eight, to nobody.
func someCore(random *rand.Rand, start time.Time, credential []byte, purposes []trust.Purpose) (offer.Core, error) {
	opened, err := trust.PeekCredential(credential)
	if err != nil {
		return offer.Core{}, err
	}
	private, err := hpke.MLKEM768X25519().DeriveKeyPair(someBytes(random, 32))
	if err != nil {
		return offer.Core{}, err
	}
	id := [16]byte(someBytes(random, 16))
	core := offer.Core{
		Credential: opened.Hash(), CallID: id, Start: start.Unix(), Direction: offer.Direction(1 + random.IntN(2)),
		Purpose: purposes[random.IntN(len(purposes))], Suite: trust.Suite1,
		Line: fmt.Sprintf("%d%d%d%d", random.IntN(10), random.IntN(10), random.IntN(10), random.IntN(10)),
	}
	core.Keys = offer.Keys{PKA: private.PublicKey().Bytes(), CA: offer.Commitment(id, [32]byte(someBytes(random, 32)))}.Hash()
	if random.IntN(8) > 0 {
		ref := offer.RefHash(id, [16]byte(someBytes(random, 16)))
		core.Ref = ref[:]
	}
	return core, nil
}

// someName is a name of the class: words of its letters.
func someName(random *rand.Rand, c class) string {
	name := make([]rune, c.shortest+random.IntN(c.longest-c.shortest+1))
	for i := range name {
		name[i] = c.alphabet[random.IntN(len(c.alphabet))]
		if i > 2 && i < len(name)-3 && name[i-1] != ' ' && random.IntN(8) == 0 {
			name[i] = []rune(" '-.")[random.IntN(4)]
		}
	}
	return string(name)
}

func someBytes(random *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// signer signs without randomness (RFC 6979), so that a seed gives the same
// frames each time.
type signer struct{ *ecdsa.PrivateKey }

// Sign implements crypto.Signer.
func (s signer) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return s.PrivateKey.Sign(nil, digest, crypto.SHA256)
}

// newKey returns a P-256 key of the random source.
func newKey(random *rand.Rand) signer {
	for {
		// A string of 32 bytes is hardly ever over the group's order.
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), someBytes(random, 32)); err == nil {
			return signer{key}
		}
	}
}

// How a picture is spoiled.
const (
	leastModule = 4.0 // pixels
	mostModule  = 8.0
	mostTurn    = 2.0 // degrees, to either side
)

// boxBlur gives each pixel the mean of itself and its eight neighbours.
var boxBlur = &draw.Kernel{Support: 1.5, At: func(float64) float64 { return 1 }}

// picture draws text at a random size, spoils it and returns it as a PNG file,
// with the version of the QR code.
func picture(random *rand.Rand, text string) (file []byte, version int, err error) {
	scale := leastModule + random.Float64()*(mostModule-leastModule)
	turn := (2*random.Float64() - 1) * mostTurn
	variant := theme.VariantLight
	if random.IntN(2) == 0 {
		variant = theme.VariantDark
	}
	page := look.New(look.Settings{}).Color(theme.ColorNameBackground, variant)
	code, err := qr.PNG(text, 1)
	if err != nil {
		return nil, 0, err
	}
	size, err := png.DecodeConfig(bytes.NewReader(code))
	if err != nil {
		return nil, 0, err
	}
	drawn, err := drawCode(text, math.Ceil(float64(size.Width)*scale), page)
	if err != nil {
		return nil, 0, err
	}
	file, err = encoded(spoiled(drawn, turn, page), drawn.Bounds())
	const quiet = 4 // modules of margin, on each side
	return file, (size.Width - 2*quiet - 17) / 4, err
}

// encoded is a picture, in grey, as a PNG file.
func encoded(picture image.Image, bounds image.Rectangle) ([]byte, error) {
	grey := image.NewGray(bounds)
	draw.Draw(grey, bounds, picture, bounds.Min, draw.Src)
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, grey)
	return b.Bytes(), err
}

// painting is held while Fyne draws: it draws one thing at a time.
var painting sync.Mutex

// drawCode draws text as the agent's window does, edge pixels wide, on a page
// of this colour with room around, so that no corner turns out of the picture.
func drawCode(text string, edge float64, page color.Color) (image.Image, error) {
	painting.Lock()
	defer painting.Unlock()
	code, err := parts.QR(text, 1)
	if err != nil {
		return nil, err
	}
	margin := float32(math.Ceil(edge * 0.05))
	window := software.NewTransparentCanvas()
	window.SetPadded(false)
	window.SetContent(container.NewStack(canvas.NewRectangle(page), container.NewWithoutLayout(code)))
	window.Resize(fyne.NewSquareSize(float32(edge) + 2*margin))
	code.Resize(fyne.NewSquareSize(float32(edge)))
	code.Move(fyne.NewSquareOffsetPos(margin))
	return window.Capture(), nil
}

// spoiled turns a picture around its centre, counter-clockwise by degrees, and
// blurs it. What comes in at the corners is the page.
func spoiled(drawn image.Image, degrees float64, page color.Color) *image.RGBA {
	b := drawn.Bounds()
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	x, y := float64(b.Dx())/2, float64(b.Dy())/2
	turned, blurred := image.NewRGBA(b), image.NewRGBA(b)
	draw.Draw(turned, b, image.NewUniform(page), image.Point{}, draw.Src)
	draw.BiLinear.Transform(turned, f64.Aff3{cos, sin, x - cos*x - sin*y, -sin, cos, y + sin*x - cos*y}, drawn, b, draw.Src, nil)
	boxBlur.Scale(blurred, b, turned, b, draw.Src, nil)
	return blurred
}

// beRead lets each reader read the picture, and compares what it found with
// what was drawn.
func (s *sample) beRead(ctx context.Context) error {
	for i, reader := range readers {
		began := time.Now()
		texts, err := reader.read(ctx, s.picture)
		if err != nil {
			return fmt.Errorf("%s: %w", reader.name, err)
		}
		s.took[i], s.outcome[i] = time.Since(began), right
		switch {
		case len(texts) == 0:
			s.outcome[i] = unread
		case slices.ContainsFunc(texts, func(text string) bool { return text != s.text }):
			s.outcome[i] = misread
		}
		if *studyKeep == "" || s.outcome[i] == right {
			continue
		}
		name := fmt.Sprintf("%d-%s-%s.png", s.number, reader.name, s.outcome[i])
		if err := os.WriteFile(filepath.Join(*studyKeep, name), s.picture, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// readOurs reads as the companion does.
func readOurs(_ context.Context, picture []byte) ([]string, error) {
	text, err := qr.ReadImage(bytes.NewReader(picture))
	if err != nil {
		return nil, nil // whatever the reason: it is unread
	}
	return []string{text}, nil
}

// readZbar looks for QR codes only, as whoever scans one does. Else zbarimg also
// looks for bar codes, and among the modules of one code in some five hundred it
// finds an "Interleaved 2 of 5" of six digits beside the right text.
func readZbar(ctx context.Context, picture []byte) ([]string, error) {
	zbar := exec.CommandContext(ctx, "zbarimg", "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", "png:-")
	zbar.Stdin = bytes.NewReader(picture)
	out, err := zbar.Output()
	var exit *exec.ExitError
	const nothingFound = 4
	if errors.As(err, &exit) && exit.ExitCode() == nothingFound {
		return nil, nil
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), err
}

func (g group) count(reader int, o outcome) (n int) {
	for _, s := range g {
		if s.outcome[reader] == o {
			n++
		}
	}
	return n
}

// share is the part of the pictures that a reader read right.
func (g group) share(reader int) float64 { return float64(g.count(reader, right)) / float64(len(g)) }

// print writes the table, by class and QR version.
func (g group) print(out io.Writer) error {
	type line struct{ class, version int }
	lines := map[line]group{}
	for _, s := range g {
		at := line{s.class, s.version}
		lines[at] = append(lines[at], s)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "names\tQR version\tframe bytes\toffers\t")
	for _, reader := range readers {
		fmt.Fprintf(w, "%s\tunread\tmisread\tms each\t", reader.name)
	}
	fmt.Fprintln(w)
	order := func(a, b line) int { return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.version, b.version)) }
	for _, at := range slices.SortedFunc(maps.Keys(lines), order) {
		lines[at].printLine(w, classes[at.class].name, fmt.Sprintf("%d-M", at.version))
	}
	g.printLine(w, "all", "")
	return w.Flush()
}

func (g group) printLine(w io.Writer, name, version string) {
	bySize := func(a, b sample) int { return cmp.Compare(a.bytes, b.bytes) }
	fmt.Fprintf(w, "%s\t%s\t%d to %d\t%d\t", name, version, slices.MinFunc(g, bySize).bytes, slices.MaxFunc(g, bySize).bytes, len(g))
	for i := range readers {
		var took time.Duration
		for _, s := range g {
			took += s.took[i]
		}
		fmt.Fprintf(w, "%.2f %%\t%d\t%d\t%d\t", 100*g.share(i), g.count(i, unread), g.count(i, misread), (took / time.Duration(len(g))).Milliseconds())
	}
	fmt.Fprintln(w)
}

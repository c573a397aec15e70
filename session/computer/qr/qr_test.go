// Tests of QR codes: what we make, we and a program that shares no code with
// us can read; what a stranger made is refused before it costs anything.

package qr

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	_ "golang.org/x/image/tiff" // as the windows' toolkit links it

	"countersign/session/protocol/ending"
)

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// textOf returns text as long as a frame's, made the same way each time.
func textOf(seed uint64, length int) string {
	random := rand.New(rand.NewPCG(seed, 1))
	text := []byte("CP1:")
	for len(text) < length {
		text = append(text, alphanumeric[random.IntN(len(alphanumeric))])
	}
	text[len(text)-1] = '0' // as base45 never ends with a space
	return string(text)
}

func makePNG(t testing.TB, text string, pixels int) []byte {
	t.Helper()
	data, err := PNG(text, pixels)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decodePNG(t testing.TB, data []byte) image.Image {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func wantReason(t testing.TB, what string, err error, want ending.Reason) {
	t.Helper()
	if ending.Of(err, "") != want {
		t.Errorf("%s: got %v, want %s", what, err, want)
	}
}

func TestOurOwnCodesReadBack(t *testing.T) {
	for seed := range uint64(3) {
		for _, pixels := range []int{1, 2, 3, 4, 8} {
			text := textOf(seed, 720)
			got, err := ReadImage(bytes.NewReader(makePNG(t, text, pixels)))
			if err != nil || got != text {
				t.Errorf("seed %d, %d pixels a module: %v", seed, pixels, err)
			}
		}
	}
	for _, text := range []string{"CT1:RELAY.EXAMPLE:4222/ABCD-EFGH-IJKL-MN27", "CT1:relay.example:4222/ABCD-EFGH-IJKL-MN27"} {
		if got, err := ReadImage(bytes.NewReader(makePNG(t, text, 6))); err != nil || got != text {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

func TestOurOwnCodesReadBackAsJPEGAndGIF(t *testing.T) {
	text := textOf(1, 720)
	picture := decodePNG(t, makePNG(t, text, 4))
	var j, g bytes.Buffer
	if err := jpeg.Encode(&j, picture, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	if err := gif.Encode(&g, picture, nil); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"JPEG": j.Bytes(), "GIF": g.Bytes()} {
		if got, err := ReadImage(bytes.NewReader(data)); err != nil || got != text {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACodeInALargerPictureIsFound(t *testing.T) {
	text := textOf(2, 720)
	code := decodePNG(t, makePNG(t, text, 6))
	screen := image.NewNRGBA(image.Rect(0, 0, 1920, 1200))
	draw.Draw(screen, screen.Bounds(), image.NewUniform(color.NRGBA{240, 240, 230, 255}), image.Point{}, draw.Src)
	draw.Draw(screen, code.Bounds().Add(image.Pt(700, 300)), code, image.Point{}, draw.Src)
	transparent := image.NewNRGBA(code.Bounds())
	for y := range code.Bounds().Dy() {
		for x := range code.Bounds().Dx() {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				transparent.Set(x, y, color.Black)
			}
		}
	}
	for name, picture := range map[string]image.Image{"screenshot": screen, "transparent ground": transparent} {
		var b bytes.Buffer
		if err := png.Encode(&b, picture); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadImage(&b); err != nil || got != text {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnotherProgramReadsOurCodes(t *testing.T) {
	if _, err := exec.LookPath("zbarimg"); err != nil {
		t.Fatal("this test needs zbarimg: install the package zbar-tools")
	}
	for seed := range uint64(3) {
		text := textOf(seed, 720)
		file := filepath.Join(t.TempDir(), "code.png")
		if err := os.WriteFile(file, makePNG(t, text, 4), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("zbarimg", "--quiet", "--raw", "--oneshot", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSuffix(string(out), "\n"); got != text {
			t.Errorf("zbarimg read %q, want %q", got, text)
		}
		if got, err := ReadFile(file); err != nil || got != text {
			t.Errorf("ReadFile: %v", err)
		}
	}
}

func TestTerminalShowsEveryModule(t *testing.T) {
	text := textOf(3, 720)
	lines := strings.Split(strings.TrimSuffix(Terminal(text), "\n"), "\n")
	side := len([]rune(lines[0]))
	// Light modules are ink: drawn in white on black it is the code itself.
	picture := image.NewGray(image.Rect(0, 0, side*4, len(lines)*8))
	for y, line := range lines {
		for x, r := range []rune(line) {
			upper, lower := r == '█' || r == '▀', r == '█' || r == '▄'
			for i := range 32 {
				if i < 16 && upper || i >= 16 && lower {
					picture.SetGray(x*4+i%4, y*8+i/4, color.Gray{255})
				}
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadImage(&b); err != nil || got != text {
		t.Errorf("%v", err)
	}
}

func TestWhatFitsNoCode(t *testing.T) {
	long := strings.Repeat("A", 5000)
	if _, err := PNG(long, 4); err == nil {
		t.Error("PNG made a code of 5000 characters")
	}
	if Terminal(long) != "" {
		t.Error("Terminal made a code of 5000 characters")
	}
	for _, pixels := range []int{0, -4} {
		if _, err := PNG("A", pixels); err == nil {
			t.Errorf("PNG made modules of %d pixels", pixels)
		}
	}
}

// endless gives bytes for ever and counts them.
type endless struct{ given int }

func (e *endless) Read(p []byte) (int, error) {
	e.given += len(p)
	return len(p), nil
}

func TestReadingStopsAtTheLimit(t *testing.T) {
	e := &endless{}
	_, err := ReadImage(e)
	wantReason(t, "endless input", err, ending.ImageTooLarge)
	if e.given > 2*MaxBytes {
		t.Errorf("%d bytes were read", e.given)
	}
}

func TestAFileOf50MBIsRefusedUnread(t *testing.T) {
	file := filepath.Join(t.TempDir(), "large.png")
	if err := os.WriteFile(file, makePNG(t, "CP1:A", 4), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 50<<20); err != nil {
		t.Fatal(err)
	}
	_, err := ReadFile(file)
	wantReason(t, "50 MB", err, ending.ImageTooLarge)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	wantReason(t, "before it is opened", checkFile(info), ending.ImageTooLarge)
}

func TestWhatIsNoRegularFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	for name, path := range map[string]string{"folder": dir, "device": os.DevNull, "missing": filepath.Join(dir, "private-name.png"), "nul": "a\x00b"} {
		_, err := ReadFile(path)
		wantReason(t, name, err, ending.NotACode)
		if err != nil && strings.Contains(err.Error(), "private-name") {
			t.Errorf("%s: the error names the file: %v", name, err)
		}
	}
}

// chunk is one chunk of a PNG file.
func chunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	body := append([]byte(kind), data...)
	return binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
}

// claimedPNG is a tiny PNG file that claims to be of any size and depth.
func claimedPNG(width, height uint32, depth, kind byte) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	_, _ = z.Write(make([]byte, 1000)) // memory takes everything
	_ = z.Close()
	return bytes.Join([][]byte{[]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(header, depth, kind, 0, 0, 0)), chunk("IDAT", data.Bytes()), chunk("IEND", nil)}, nil)
}

// claimedGIF is a tiny GIF file that claims to be of any size.
func claimedGIF(width, height uint16) []byte {
	out := append([]byte("GIF89a"), byte(width), byte(width>>8), byte(height), byte(height>>8), 0x80, 0, 0, 0, 0, 0, 255, 255, 255)
	out = append(out, 0x2c, 0, 0, 0, 0, byte(width), byte(width>>8), byte(height), byte(height>>8), 0)
	return append(out, 2, 2, 0x44, 0x01, 0, 0x3b)
}

func TestPicturesThatClaimTooManyPixelsAreRefusedUndecoded(t *testing.T) {
	const truecolour, rgba = 2, 6
	for name, data := range map[string][]byte{
		"PNG of 30000 x 30000":         claimedPNG(30000, 30000, 8, rgba),
		"PNG of all there is":          claimedPNG(1<<31-1, 1, 8, rgba),
		"PNG of 40,000,001 pixels":     claimedPNG(40_000_001, 1, 8, truecolour),
		"deep PNG of 5000 x 5000":      claimedPNG(5000, 5000, 16, rgba),
		"GIF of 65535 x 65535":         claimedGIF(65535, 65535),
		"PNG with a code and 50000 px": claimedPNG(50000, 50000, 1, 0),
	} {
		_, err := ReadImage(bytes.NewReader(data))
		wantReason(t, name, err, ending.ImageTooLarge)
	}
	// Within the limit the same tiny file is merely damaged.
	_, err := ReadImage(bytes.NewReader(claimedPNG(6000, 6000, 8, truecolour)))
	wantReason(t, "PNG within the limit", err, ending.NotACode)
	_, err = ReadImage(bytes.NewReader(claimedPNG(4000, 4000, 16, rgba)))
	wantReason(t, "deep PNG within the limit", err, ending.NotACode)
}

// A GIF of many full frames decodes to gigabytes; only the first is decoded.
func TestAGIFOfManyFramesCostsOneFrame(t *testing.T) {
	text := textOf(4, 720)
	first := decodePNG(t, makePNG(t, text, 4)).(*image.Paletted)
	frames := []*image.Paletted{first}
	for range 60 {
		frames = append(frames, image.NewPaletted(first.Bounds(), first.Palette))
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: frames, Delay: make([]int, len(frames))}); err != nil {
		t.Fatal(err)
	}
	cut := b.Bytes()[:b.Len()/2] // the rest is not even looked at
	if got, err := ReadImage(bytes.NewReader(cut)); err != nil || got != text {
		t.Errorf("%v", err)
	}
}

func TestWhatHoldsNoCode(t *testing.T) {
	empty := image.NewGray(image.Rect(0, 0, 300, 300))
	noise := image.NewGray(image.Rect(0, 0, 300, 300))
	random := rand.New(rand.NewPCG(5, 6))
	for i := range noise.Pix {
		noise.Pix[i] = byte(random.Uint32())
	}
	encode := func(picture image.Image) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, picture); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	good := makePNG(t, "CP1:A", 4)
	for name, data := range map[string][]byte{
		"nothing":         nil,
		"text":            []byte("CP1:A"),
		"a web page":      []byte("<html><img src=code.png></html>"),
		"SVG":             []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"black":           encode(empty),
		"noise":           encode(noise),
		"one pixel":       encode(image.NewGray(image.Rect(0, 0, 1, 1))),
		"one line":        encode(image.NewGray(image.Rect(0, 0, 5000, 1))),
		"cut off":         good[:len(good)-30],
		"only the header": good[:33],
		"half a GIF":      claimedGIF(100, 100),
	} {
		_, err := ReadImage(bytes.NewReader(data))
		wantReason(t, name, err, ending.NotACode)
	}
}

// losslessWebP is a WebP file of one lossless frame in black and white (RFC
// 9649, section 3): four prefix codes of two or one symbols, and the pixels.
func losslessWebP(picture *image.Gray) []byte {
	var bits []byte
	n := 0
	put := func(value, count int) {
		for i := range count {
			if n%8 == 0 {
				bits = append(bits, 0)
			}
			bits[n/8] |= byte(value>>i&1) << (n % 8)
			n++
		}
	}
	width, height := picture.Rect.Dx(), picture.Rect.Dy()
	put(0x2f, 8)
	put(width-1, 14)
	put(height-1, 14)
	put(0, 1+3+1+1+1) // no transparency, version 0, no transform, no colour cache, one group of codes
	for range 3 {
		put(1|1<<1|1<<2, 3) // a simple code of two symbols of eight bits
		put(0, 8)
		put(255, 8)
	}
	put(1|0<<1|1<<2, 3) // of one: the alpha of every pixel
	put(255, 8)
	put(1, 4) // of one, of one bit: no distance is ever needed
	for _, light := range picture.Pix {
		put(int(light>>7)*7, 3)
	}
	return bits
}

// webp puts chunks into a WebP file.
func webpFile(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func webpChunk(kind string, data []byte) []byte {
	out := append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data))), data...)
	return append(out, make([]byte, len(data)%2)...)
}

// extendedHeader is a VP8X chunk: a canvas, and nothing that is optional.
func extendedHeader(width, height int) []byte {
	return webpChunk("VP8X", []byte{0, 0, 0, 0, byte(width - 1), byte((width - 1) >> 8), byte((width - 1) >> 16), byte(height - 1), byte((height - 1) >> 8), byte((height - 1) >> 16)})
}

func TestWebPIsRead(t *testing.T) {
	text := textOf(4, 620)
	code := grey(decodePNG(t, makePNG(t, text, 3)), 1)
	frame := webpChunk("VP8L", losslessWebP(code))
	for name, data := range map[string][]byte{
		"simple":         webpFile(frame),
		"extended":       webpFile(extendedHeader(code.Rect.Dx(), code.Rect.Dy()), webpChunk("ICCP", []byte("profile")), frame, webpChunk("EXIF", make([]byte, 9))),
		"a false canvas": webpFile(extendedHeader(1, 1), frame),
	} {
		if got, err := ReadImage(bytes.NewReader(data)); err != nil || got != text {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, data := range map[string][]byte{
		"a frame of 42 megapixels":                  webpFile(webpChunk("VP8L", losslessWebP(image.NewGray(image.Rect(0, 0, 7000, 6000)))[:100])),
		"a frame of 42 megapixels, a canvas of one": webpFile(extendedHeader(1, 1), webpChunk("VP8L", losslessWebP(image.NewGray(image.Rect(0, 0, 7000, 6000)))[:100])),
		"a lossy one, a canvas of one":              webpFile(extendedHeader(1, 1), webpChunk("VP8 ", []byte{0x10, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x3f, 0xff, 0x3f, 0, 0, 0, 0})),
	} {
		_, err := ReadImage(bytes.NewReader(data))
		wantReason(t, name, err, ending.ImageTooLarge)
	}
}

// What is true of a file is said: only one of these is about the code in it.
func TestWhyAFileGaveNoCode(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := makePNG(t, "CP1:A", 4)
	heic := append([]byte{0, 0, 0, 24}, "ftypheic\x00\x00\x00\x00mif1heic"...)
	for name, row := range map[string]struct {
		path string
		want Problem
		kind string
	}{
		"mistyped":         {filepath.Join(dir, "kod.png"), Missing, ""},
		"mistyped folder":  {filepath.Join(dir, "no", "kod.png"), Missing, ""},
		"nothing":          {"", Missing, ""},
		"a folder":         {dir, Folder, ""},
		"a device":         {os.DevNull, Unreadable, ""},
		"a name with nul":  {"a\x00b", Unreadable, ""},
		"a phone's":        {file("a.heic", heic), Foreign, "HEIC"},
		"one named .jpg":   {file("a.jpg", heic), Foreign, "HEIC"},
		"AVIF":             {file("a.avif", append([]byte{0, 0, 0, 24}, "ftypavif"...)), Foreign, "AVIF"},
		"a document":       {file("a.pdf", []byte("%PDF-1.7\n")), Foreign, "PDF"},
		"TIFF":             {file("a.tif", []byte("II*\x00\x08\x00\x00\x00")), Foreign, "TIFF"},
		"BMP":              {file("a.bmp", append([]byte("BM\x9a\x00\x00\x00"), make([]byte, 60)...)), Foreign, "BMP"},
		"SVG":              {file("a.svg", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")), Foreign, "SVG"},
		"an animated WebP": {file("a.webp", webpFile(extendedHeader(9, 9), webpChunk("ANIM", make([]byte, 6)), webpChunk("ANMF", make([]byte, 24)))), Foreign, "WebP"},
		"a text":           {file("a.txt", []byte("BMW 482 913 057")), NoPicture, ""},
		"an empty file":    {file("empty.png", nil), NoPicture, ""},
		"cut off":          {file("cut.png", good[:len(good)-30]), Damaged, ""},
		"only its header":  {file("header.jpg", []byte("\xff\xd8\xff\xe0")), Damaged, ""},
		"no code in it":    {file("none.png", encodePNG(t, image.NewGray(image.Rect(0, 0, 300, 300)))), NoCode, ""},
	} {
		text, err := ReadFile(row.path)
		wantReason(t, name, err, ending.NotACode)
		f, ok := errors.AsType[*Fault](err)
		if !ok || f.Problem != row.want || f.Kind != row.kind || text != "" {
			t.Errorf("%s: %+v, want %s %s", name, err, row.want, row.kind)
		}
		if err != nil && strings.Contains(err.Error(), filepath.Base(dir)) {
			t.Errorf("%s: the error names the file: %v", name, err)
		}
	}
}

// As systems put a name on the clipboard, or hand over what is dragged.
func TestAFileNameAsItIsPasted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a code, of today.png")
	if err := os.WriteFile(path, makePNG(t, "CP1:A", 4), 0o600); err != nil {
		t.Fatal(err)
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	for _, pasted := range []string{path, "  " + path + "\n", `"` + path + `"`, "'" + path + "'", "\u201c" + path + "\u201d", address.String(), "file://localhost" + address.EscapedPath()} {
		if got, err := ReadFile(pasted); err != nil || got != "CP1:A" {
			t.Errorf("%q: %q, %v", pasted, got, err)
		}
	}
	if _, err := ReadFile("https://example.com/code.png"); err == nil {
		t.Error("an address of the net was read")
	}
}

func TestAReaderThatFailsIsNotACode(t *testing.T) {
	_, err := ReadImage(io.MultiReader(bytes.NewReader(makePNG(t, "CP1:A", 4)), failing{}))
	wantReason(t, "failing reader", err, ending.NotACode)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("unplugged") }

// readAlso adds a format for the time of a test.
func readAlso(t *testing.T, f format) {
	f.config = func(io.Reader) (image.Config, error) { return image.Config{Width: 1, Height: 1}, nil }
	f.perPixel = func(image.Config, []byte) float64 { return 1 }
	before := formats
	formats = append(slices.Clone(formats), f)
	t.Cleanup(func() { formats = before })
}

func TestADecoderThatPanicsHasReadNoCode(t *testing.T) {
	readAlso(t, format{begins: "panic!", decode: func(io.Reader) (image.Image, error) { panic("index out of range") }})
	_, err := ReadImage(strings.NewReader("panic!"))
	wantReason(t, "panicking decoder", err, ending.NotACode)
}

// TestFormatsThatTheProgramAroundRegistersAreNotUsed: neither a decoder that
// takes any beginning for its own, nor that of TIFF, which the windows' toolkit
// links: up to x/image 0.24 it took 4 GiB for this header of 8 bytes, and takes
// 10 MB still.
func TestFormatsThatTheProgramAroundRegistersAreNotUsed(t *testing.T) {
	image.RegisterFormat("png", "????", func(io.Reader) (image.Image, error) {
		t.Error("decoded")
		return image.NewGray(image.Rect(0, 0, 1, 1)), nil
	}, func(io.Reader) (image.Config, error) {
		t.Error("asked for the size")
		return image.Config{Width: 1, Height: 1}, nil
	})
	const header = "II*\x00\xf0\xff\xff\xff"
	for _, data := range []string{"other!", header, "MM\x00*\xff\xff\xff\xf0"} {
		taken := memoryTaken(func() {
			_, err := ReadImage(strings.NewReader(data))
			wantReason(t, data, err, ending.NotACode)
		})
		if taken > 1<<20 {
			t.Errorf("%q takes %d bytes", data, taken)
		}
	}
}

// memoryTaken is how many bytes f takes in all, which is never less than what it
// holds at once.
func memoryTaken(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// frameHeader is a JPEG up to its first scan: at that the decoder makes room.
func frameHeader(marker byte, width, height int, components ...byte) []byte {
	size := func(n int) []byte { return []byte{byte(n >> 8), byte(n)} }
	n := len(components) / 3
	out := append([]byte{0xff, 0xd8, 0x00, 0xff, 0x00, 0xff, 0xff, marker}, size(8+3*n)...) // extraneous and fill bytes before it
	out = append(append(append(append(out, 8), size(height)...), size(width)...), byte(n))
	out = append(out, components...)
	out = append(append(out, 0xff, 0xda), size(6+2*n)...)
	out = append(out, byte(n))
	for i := range n {
		out = append(out, components[3*i], 0)
	}
	if marker == 0xc2 {
		return append(out, 0, 0, 0) // the first scan of a progressive one: DC only
	}
	return append(out, 0, 63, 0)
}

// interlacedPNG is a whole interlaced picture of nothing.
func interlacedPNG(width, height, depth, bytesPerPixel, kind int) []byte {
	size := 0
	for _, p := range [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		w, h := (width-p[0]+p[2]-1)/p[2], (height-p[1]+p[3]-1)/p[3]
		size += h * (1 + w*bytesPerPixel)
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = io.CopyN(z, zeros{}, int64(size))
	_ = z.Close()
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	header = append(header, byte(depth), byte(kind), 0, 0, 1)
	out := []byte("\x89PNG\r\n\x1a\n")
	for _, c := range []struct {
		name string
		data []byte
	}{{"IHDR", header}, {"IDAT", packed.Bytes()}, {"IEND", nil}} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(c.data)))
		whole := append([]byte(c.name), c.data...)
		out = binary.BigEndian.AppendUint32(append(out, whole...), crc32.ChecksumIEEE(whole))
	}
	return out
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestNoPictureTakesMoreMemoryThanTheLimit: pictures just within it, of the
// kinds that take the most for a pixel, and what is just over it.
func TestNoPictureTakesMoreMemoryThanTheLimit(t *testing.T) {
	const progressive, baseline = 0xc2, 0xc0
	half, full := []byte{1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0}, []byte{1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0}
	four := append(bytes.Clone(full), 4, 0x11, 0)
	rgb := []byte{'R', 0x11, 0, 'G', 0x11, 0, 'B', 0x11, 0}
	for name, p := range map[string]struct {
		data []byte
		want ending.Reason
	}{
		"PNG of 40 megapixels":                 {claimedPNG(8000, 5000, 8, 6), ending.NotACode},
		"deep PNG of 20 megapixels":            {claimedPNG(5000, 4000, 16, 6), ending.NotACode},
		"interlaced PNG":                       {interlacedPNG(5000, 4900, 8, 4, 6), ending.NotACode},
		"interlaced PNG over it":               {interlacedPNG(5100, 5000, 8, 4, 6), ending.ImageTooLarge},
		"deep interlaced PNG":                  {interlacedPNG(3500, 3500, 16, 8, 6), ending.NotACode},
		"deep interlaced PNG over it":          {interlacedPNG(3600, 3500, 16, 8, 6), ending.ImageTooLarge},
		"JPEG of 40 megapixels":                {frameHeader(baseline, 8000, 4992, full...), ending.NotACode},
		"JPEG of a telephone, progressive":     {frameHeader(progressive, 5792, 4592, half...), ending.NotACode},
		"progressive JPEG over it":             {frameHeader(progressive, 6000, 4592, half...), ending.ImageTooLarge},
		"progressive JPEG with all its colour": {frameHeader(progressive, 4000, 3328, full...), ending.NotACode},
		"the same over it":                     {frameHeader(progressive, 4000, 3400, full...), ending.ImageTooLarge},
		"progressive CMYK":                     {frameHeader(progressive, 4000, 2080, four...), ending.NotACode},
		"progressive CMYK over it":             {frameHeader(progressive, 4000, 2096, four...), ending.ImageTooLarge},
		"JPEG in red, green, blue":             {frameHeader(baseline, 5000, 5600, rgb...), ending.NotACode},
		"the same, over it":                    {frameHeader(baseline, 5000, 5800, rgb...), ending.ImageTooLarge},
		"a lossless WebP over it":              {webpFile(webpChunk("VP8L", losslessWebP(image.NewGray(image.Rect(0, 0, 5000, 4100)))[:100])), ending.ImageTooLarge},
	} {
		taken := memoryTaken(func() {
			_, err := ReadImage(bytes.NewReader(p.data))
			wantReason(t, name, err, p.want)
		})
		most := uint64(MaxMemory + 40<<20) // beside the pixels: the file, and the picture in grey at a smaller size
		if p.want == ending.ImageTooLarge {
			most = 40 << 20
		}
		if taken > most {
			t.Errorf("%s takes %d MB", name, taken/1_000_000)
		}
		t.Logf("%s: %d MB", name, taken/1_000_000)
	}
}

func TestDecodingEndsAtItsDeadline(t *testing.T) {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := decode(over, makePNG(t, "CP1:A", 4))
	wantReason(t, "decoding after the deadline", err, ending.NotACode)
	_, err = find(over, decodePNG(t, makePNG(t, "CP1:A", 4)))
	wantReason(t, "searching after the deadline", err, ending.NotACode)
}

// The decoder gets the picture by way of the deadline: it reads no further
// once the time is up.
func TestTheDecoderReadsUntilTheDeadline(t *testing.T) {
	const header = "slow!"
	over, cancel := context.WithCancel(context.Background())
	read := 0
	readAlso(t, format{begins: header, decode: func(r io.Reader) (image.Image, error) {
		cancel()
		n, err := io.Copy(io.Discard, r)
		read = int(n)
		return nil, err
	}})
	_, err := decode(over, append([]byte(header), make([]byte, 1<<20)...))
	wantReason(t, "a slow decoder", err, ending.NotACode)
	if read > 1<<16 {
		t.Errorf("%d bytes were read after the deadline", read)
	}
}

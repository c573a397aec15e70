// This file owns reading: the words, the large digits and the QR code on a
// picture, by programs that know nothing of ours.

package windows

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/image/draw"
)

// sparse makes tesseract look for text anywhere; oneLine tells it that the
// picture is one line of text.
const (
	sparse  = "11"
	oneLine = "7"
)

// Read reads the words on a picture, in English, line by line as far as the
// reader can tell.
func Read(ctx context.Context, picture image.Image) (string, error) {
	text, err := tesseract(ctx, withoutFrames(grey(picture)), "--psm", sparse)
	return strings.Join(strings.Fields(string(text)), " "), err
}

// readableDigits is the height to which a line of digits is brought before it
// is read: what an OCR program reads best.
const readableDigits = 48

// ErrNoDigits says that a picture has no line of so many large digits, or none
// that two readings agree on.
var ErrNoDigits = errors.New("no such digits can be read on the screen")

// Digits reads the largest line of n digits on a picture, whatever small signs
// stand between them. Two readings in different sizes must agree.
func Digits(ctx context.Context, picture image.Image, n int) (string, error) {
	line := findDigits(grey(picture), n)
	if line.Empty() {
		return "", ErrNoDigits
	}
	area := cut(picture, line.Inset(-line.Dy()/5)) // some paper around them, and nothing of the line above
	var readings []string
	for _, height := range []int{readableDigits, readableDigits * 3 / 4, readableDigits * 5 / 4} {
		scale := float64(height) / float64(line.Dy())
		text, err := tesseract(ctx, resize(dark(area), scale), "--psm", oneLine, "-c", "tessedit_char_whitelist=0123456789-")
		if err != nil {
			return "", err
		}
		digits := onlyDigits(string(text))
		if len(digits) == n && slices.Contains(readings, digits) {
			return digits, nil
		}
		readings = append(readings, digits)
	}
	return "", fmt.Errorf("%w: read %q, %d digits are wanted", ErrNoDigits, readings, n)
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// grey is a picture without its colours. A whole screen stays as it is: the
// reader finds light text on dark and dark text on light by itself.
func grey(picture image.Image) *image.Gray {
	plain := image.NewGray(image.Rectangle{Max: picture.Bounds().Size()})
	draw.Draw(plain, plain.Rect, picture, picture.Bounds().Min, draw.Src)
	return plain
}

// dark is a part of a screen with dark text on a light ground, as paper has it.
func dark(part image.Image) *image.Gray {
	plain := grey(part)
	sum := 0
	for _, p := range plain.Pix {
		sum += int(p)
	}
	if sum < len(plain.Pix)*0x80 {
		for i, p := range plain.Pix {
			plain.Pix[i] = 0xff - p
		}
	}
	return plain
}

// cut is a part of a picture.
func cut(picture image.Image, area image.Rectangle) image.Image {
	area = area.Intersect(picture.Bounds())
	part := image.NewRGBA(image.Rectangle{Max: area.Size()})
	draw.Draw(part, part.Rect, picture, area.Min, draw.Src)
	return part
}

func resize(picture image.Image, scale float64) image.Image {
	size := picture.Bounds().Size()
	out := image.NewGray(image.Rect(0, 0, max(1, int(float64(size.X)*scale)), max(1, int(float64(size.Y)*scale))))
	draw.CatmullRom.Scale(out, out.Rect, picture, picture.Bounds(), draw.Src, nil)
	return out
}

// ErrNoQR says that there is no QR code on a picture.
var ErrNoQR = errors.New("there is no QR code on the screen")

// nothingFound is how zbarimg says the same.
const nothingFound = 4

// QR reads the QR code on a picture.
func QR(ctx context.Context, picture image.Image) (string, error) {
	text, err := readFrom(ctx, picture, "zbarimg", "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", "png:-")
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == nothingFound {
		err = ErrNoQR
	}
	return strings.TrimSuffix(string(text), "\n"), err
}

// Share is how much of a picture has a colour, from 0 to 1.
func Share(picture *image.RGBA, c color.RGBA) float64 {
	has := 0
	for i := 0; i < len(picture.Pix); i += 4 {
		if picture.Pix[i] == c.R && picture.Pix[i+1] == c.G && picture.Pix[i+2] == c.B {
			has++
		}
	}
	return float64(has) / float64(len(picture.Pix)/4)
}

func tesseract(ctx context.Context, picture image.Image, args ...string) ([]byte, error) {
	return readFrom(ctx, picture, "tesseract", append([]string{"-", "-", "-l", "eng"}, args...)...)
}

// readFrom gives a picture to a program by standard input and returns what it
// printed.
func readFrom(ctx context.Context, picture image.Image, program string, args ...string) ([]byte, error) {
	var file bytes.Buffer
	fast := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := fast.Encode(&file, picture); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1") // more threads only get in each other's way
	cmd.Stdin = &file
	return output(cmd)
}

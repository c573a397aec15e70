// This file owns the screen of the QR code, on the whole page.

package agent

import (
	"fyne.io/fyne/v2/container"

	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// QRCode shows the live call's QR code.
const QRCode Kind = "qr-code"

// leastQR is the least edge of a QR code in logical pixels: smaller ones are
// hard to read for a camera.
const leastQR = 300

func (s *Side) qrCode() screen {
	title := words.Say("agent.qr.title")
	picture, frame := container.NewStack(), ""
	left := parts.Note("")
	leave := parts.NewButton(parts.Secondary, words.Say("agent.qr.back"), s.turnQR).SetHint("Q")
	text := container.NewBorder(nil, parts.Actions(leave), nil, nil, parts.Column(parts.Headline(title),
		parts.Lead(words.Say("agent.qr.help")), parts.Strong(words.Say("agent.qr.phone")), left))
	tick := func() {
		left.SetText(words.Say("agent.qr.renews", words.With{"Time": secondsLeft(s.state.Call.left(s.Stage.Now()))}))
	}
	return screen{
		Page: shell.Page{
			Title:   title,
			Content: s.twoSides(sides{left: picture, right: text, leftGrows: true}),
			Focus:   leave,
			Keys:    s.codeKeys(),
			Back:    s.turnQR,
		},
		Update: func(st State) {
			tick()
			if st.Call.Frame == frame {
				return
			}
			frame = st.Call.Frame
			code, err := parts.QR(frame, leastQR)
			if err != nil {
				code = parts.Lead(words.Say("agent.qr_none"))
			}
			parts.Put(picture, code)
		},
		Tick: s.countdown(tick),
	}
}

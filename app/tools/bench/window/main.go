//go:build cgo

// Command window is the baseline of our windows: the plainest Fyne program with
// a label and a button, which shows the time of day in its label if it is asked
// to. It has the size of ours when that is started for the first time.
//
// It must not know anything of Countersign: whatever it costs is what Fyne,
// OpenGL and the display cost.
package main

import (
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// ticks is the argument that makes the label change each second.
const ticks = "ticking"

// size is that of our window.
var size = fyne.NewSize(1280, 720)

func main() {
	a := app.NewWithID("org.countersign.baseline")
	window := a.NewWindow("Baseline")
	label := widget.NewLabel("A label")
	window.SetContent(container.NewVBox(label, widget.NewButton("A button", func() {})))
	window.Resize(size)
	if len(os.Args) > 1 && os.Args[1] == ticks {
		go tick(label)
	}
	window.ShowAndRun()
}

func tick(label *widget.Label) {
	for now := range time.Tick(time.Second) {
		fyne.Do(func() { label.SetText(now.Format(time.TimeOnly)) })
	}
}

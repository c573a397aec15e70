// Package assets owns everything that the programs carry with them and that is
// not code: the sentences in each language, the icons, the version. It knows nothing of
// who shows them and imports no other package of this module, so that every
// program may use it.
package assets

import "embed"

// Translations holds one file a language, translations/<language>.json, in the
// form that both go-i18n and Fyne's lang package read: a flat map from a key to
// its sentence. <language> is a BCP 47 tag, such as "en" or "pl". English has
// every key; it is what a reader falls back to.
//
//go:embed translations/*.json
var Translations embed.FS

// Icons holds the line icons of the windows, icons/<name>.svg, on a grid of
// 24x24 units with lines of 2 units. Their only colour is #000000, in the place
// of which the theme puts its own.
//
//go:embed icons/*.svg
var Icons embed.FS

// IconPNG is the program's icon as PNG, 512x512 pixels with a clear background.
// It is drawn from countersign.svg, whose
// colours are the look's primary colour and white; change both together.
//
//go:embed icons/countersign.png
var IconPNG []byte

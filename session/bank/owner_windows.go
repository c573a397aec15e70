// This file owns whose a file is on Windows: it has no numbers for accounts, and
// os.Geteuid says -1.

package bank

import "io/fs"

func ownerOf(fs.FileInfo) int { return -1 }

// This file owns the list of screens.

package customer

import "countersign/ui/shell"

// Kind names a screen. Each is declared where it is drawn.
type Kind string

// InCall is where a person is in a call, or after it: the call decides which
// screen is shown.
const InCall Kind = "in-call"

// screens are all screens, each with what draws it.
var screens = map[Kind]func(*Side) screen{
	Opening:        (*Side).opening,
	CannotOpen:     (*Side).cannotOpen,
	NoBank:         (*Side).noBank,
	Home:           (*Side).home,
	RemoteFound:    (*Side).remoteFound,
	FamilyHelps:    (*Side).familyHelps,
	WhichBank:      (*Side).whichBank,
	HowBegan:       (*Side).howBegan,
	WhichNumber:    (*Side).whichNumber,
	TypeCode:       (*Side).typeCode,
	UsePicture:     (*Side).usePicture,
	Checking:       (*Side).checking,
	Green:          (*Side).connected,
	Guest:          (*Side).connected,
	Secure:         (*Side).talk,
	GuestTalk:      (*Side).talk,
	AskWrong:       (*Side).askWrong,
	Reporting:      (*Side).reporting,
	Red:            (*Side).red,
	NewCode:        (*Side).newCode,
	Amber:          (*Side).amber,
	Receipt:        (*Side).receipt,
	SomethingWrong: (*Side).somethingWrong,
	SafeNumbers:    (*Side).safeNumbers,
	AskPrompted:    (*Side).askPrompted,
	PromptedStop:   (*Side).promptedStop,
	Ticket:         (*Side).ticket,
	EightWords:     (*Side).eightWords,
	Enrolling:      (*Side).enrolling,
	Enrolled:       (*Side).enrolled,
	Clash:          (*Side).clash,
	BankList:       (*Side).bankList,
	RemoveBank:     (*Side).removeBank,
	NewComputer:    (*Side).newComputer,
	PastCalls:      (*Side).pastCalls,
	PastCall:       (*Side).pastCall,
}

type screen = shell.Screen[State]

// first reports whether a screen only waits for the banks.
func (k Kind) first() bool { return k == Opening || k == NoBank }

// asksBanks reports whether a screen is of use only while there are banks.
func (k Kind) asksBanks() bool { return k == Home || k == WhichBank }

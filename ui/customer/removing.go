// This file owns the steps by which a bank is removed.

package customer

import (
	"context"

	"countersign/session"
	"countersign/session/protocol/ending"
	"countersign/ui/shell"
)

// openBanks shows the banks, read afresh.
func (s *Side) openBanks() {
	s.moveTo(BankList)
	s.refresh()
}

// askRemove asks before a bank is removed.
func (s *Side) askRemove(b session.Bank) {
	s.state.Chosen, s.state.Refused = b, ""
	if b.HoldUntil.After(s.Stage.Now()) {
		s.state.Refused = ending.OnHold
	}
	s.moveTo(RemoveBank)
}

// remove removes the bank and shows those that are left. What has begun is done
// also when the person leaves the page meanwhile.
func (s *Side) remove() {
	id, remove := s.state.Chosen.ID, s.options.Self.Remove
	if s.state.Chosen.AgentsOnly {
		remove = s.options.Self.RemoveAgents
	}
	shell.Await(&s.Turn, func(ctx context.Context) (kept, error) {
		if err := remove(s.Context(), id); err != nil {
			return kept{}, err
		}
		return s.read(ctx)
	}, func(k kept, err error) {
		if err != nil {
			s.state.Refused = ending.Of(err, ending.NoKeyring)
			s.Redraw()
			return
		}
		s.take(k)
		if len(k.banks) == 0 {
			s.goHome()
			return
		}
		s.moveTo(BankList)
	})
}

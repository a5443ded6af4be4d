import type { StatusView } from '../../model/view.ts';
import { byId, fill, make, setText, show } from './dom.ts';
import { fleetOf } from './members.ts';

/** The card of the fleet; hidden for a sidecar that judges for itself. */
export function drawFleet(status: StatusView): void {
  const fleet = fleetOf(status);
  show(byId('fleet'), fleet !== null);
  if (fleet === null) return;
  setText(byId('fleet-line'), fleet.line);
  setText(byId('fleet-window'), fleet.window);
  setText(byId('fleet-more'), fleet.more);
  fill(
    byId('fleet-members'),
    fleet.members,
    () => make('li', 'member', make('span', 'member-name'), ' ', make('span', 'faint')),
    (item, { name, state, text }) => {
      item.dataset['state'] = state;
      setText(item.children[0]!, name);
      setText(item.children[1]!, text);
    },
  );
}

import { clock } from "../clock.js";
import { span } from "../figures.js";
import { session } from "../session.js";
import { Notice } from "../ui/notice.js";

/** A break that is shorter is not worth a word. */
const PATIENCE_MS = 1_000;

/** Says that what the page shows is old, and how old, while there is no connection. */
export function StaleNotice() {
  const { lostAt, wasOpen } = session.connection.value;
  const ms = lostAt === undefined ? 0 : Math.max(clock.value, Date.now()) - lostAt;
  if (!wasOpen || ms < PATIENCE_MS) return null;
  return (
    <Notice tone="busy" title={`No connection to the broker for ${span(ms)}`}>
      Figures are as old as that. The page keeps trying, tails go on where they were, and what you produce
      waits here.
    </Notice>
  );
}

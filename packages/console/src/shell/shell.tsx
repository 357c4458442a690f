import type { ServerInfo } from "@rtmsg/client";
import { usePolled } from "../polled.js";
import { addressOf, route, type Route } from "../route.js";
import { session } from "../session.js";
import { TopicPage } from "../topic/topic-page.js";
import { TopicsPage } from "../topics/topics-page.js";
import { Icon, type IconName } from "../ui/icon.js";
import { ConnectionBadge } from "./connection-badge.js";
import { HelpDialog } from "./help-dialog.js";
import { Logo } from "./logo.js";
import { StaleNotice } from "./stale-notice.js";
import { ThemeSwitch } from "./theme-switch.js";

const INFO_POLL_MS = 30_000;

const PAGES: readonly { readonly route: Route; readonly name: string; readonly icon: IconName }[] = [
  { route: { page: "topics" }, name: "Topics", icon: "topics" },
];

/** The page around the pages: where one is, and how the connection is. */
export function Shell() {
  const info = usePolled(
    (client, signal) => client.trpc.server.info.query(undefined, { signal }),
    INFO_POLL_MS,
    "info",
  );
  return (
    <div class="shell">
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          // The address is for pages.
          event.preventDefault();
          document.querySelector<HTMLElement>("#content")?.focus();
        }}
      >
        Skip to the content
      </a>
      <header class="side">
        <Logo />
        <nav aria-label="Pages">
          {PAGES.map(({ route: to, name, icon }) => (
            <a key={name} href={addressOf(to)} aria-current={isAt(to) ? "page" : undefined}>
              <Icon name={icon} /> {name}
            </a>
          ))}
        </nav>
        <div class="side-foot">
          <ConnectionBadge />
          <ThemeSwitch />
          {session.token.value !== undefined && (
            <button type="button" class="sign-out" onClick={() => session.signOut()}>
              <Icon name="out" /> Sign out
            </button>
          )}
          <Version info={info.value.value} />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <StaleNotice />
        <Page />
      </main>
      <HelpDialog />
    </div>
  );
}

/** A topic's page is one of the topics'. */
function isAt(to: Route): boolean {
  const { page } = route.value;
  return to.page === page || (to.page === "topics" && page === "topic");
}

function Page() {
  const current = route.value;
  return current.page === "topic" ? (
    <TopicPage key={current.topic} selection={current.topic} />
  ) : (
    <TopicsPage />
  );
}

function Version({ info }: { readonly info: ServerInfo | undefined }) {
  if (info === undefined) return null;
  return (
    <p class="version">
      rtmsg {info.version} <span>log {info.epoch}</span>
    </p>
  );
}

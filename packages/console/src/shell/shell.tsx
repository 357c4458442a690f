import type { ServerInfo } from "@rtmsg/client";
import { useEffect } from "preact/hooks";
import { ConnectionsPage } from "../connections/connections-page.js";
import { OverviewPage } from "../overview/overview-page.js";
import { statsFeed } from "../overview/stats-feed.js";
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

const PAGES: readonly {
  readonly route: Route;
  readonly name: string;
  readonly icon: IconName;
  readonly isForAdmins?: true;
}[] = [
  { route: { page: "overview" }, name: "Overview", icon: "overview", isForAdmins: true },
  { route: { page: "topics" }, name: "Topics", icon: "topics" },
  { route: { page: "connections" }, name: "Connections", icon: "connections", isForAdmins: true },
];

/** The page around the pages: where one is, and how the connection is. */
export function Shell() {
  const info = usePolled(
    (client, signal) => client.trpc.server.info.query(undefined, { signal }),
    INFO_POLL_MS,
    "info",
  );
  const client = session.client.value;
  useEffect(() => client && statsFeed.start(client), [client]);
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
          {PAGES.filter(({ isForAdmins }) => isForAdmins !== true || !statsFeed.isForbidden).map(
            ({ route: to, name, icon }) => (
              <a key={name} href={addressOf(to)} aria-current={isAt(to) ? "page" : undefined}>
                <Icon name={icon} /> {name}
              </a>
            ),
          )}
        </nav>
        <div class="side-foot">
          <ConnectionBadge />
          <ThemeSwitch />
          {session.token.value !== undefined && (
            <button type="button" class="sign-out" aria-label="Sign out" onClick={() => session.signOut()}>
              <Icon name="out" /> <span>Sign out</span>
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

/** A topic's page is one of the topics', and so is the first one, where there is no overview for one. */
function isAt(to: Route): boolean {
  const { page } = route.value;
  const isTopics = page === "topic" || (page === "overview" && statsFeed.isForbidden);
  return to.page === (isTopics ? "topics" : page);
}

function Page() {
  const current = route.value;
  switch (current.page) {
    case "topic":
      return <TopicPage key={current.topic} selection={current.topic} />;
    case "connections":
      return <ConnectionsPage />;
    case "overview":
      return statsFeed.isForbidden ? <TopicsPage /> : <OverviewPage />;
    default:
      return <TopicsPage />;
  }
}

function Version({ info }: { readonly info: ServerInfo | undefined }) {
  if (info === undefined) return null;
  return (
    <p class="version">
      rtmsg {info.version} <span>log {info.epoch}</span>
    </p>
  );
}

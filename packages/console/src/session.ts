import { computed, signal, type ReadonlySignal } from "@preact/signals";
import { createClient, type Client, type ConnectionState, type RtmsgError } from "@rtmsg/client";

/** Where the token is kept: gone with the tab, and never sent by the browser itself. */
const TOKEN_KEY = "rtmsg.token";

/** What the page can show: nothing yet, the sign-in, why it is not let in, or the broker. */
type Phase = "starting" | "signIn" | "refused" | "ready";

/** How the connection is, and since when it is not. */
interface ConnectionView {
  readonly state: ConnectionState;
  /** What failed last. */
  readonly error: RtmsgError | undefined;
  /** Whether this client was connected before. */
  readonly wasOpen: boolean;
  /** When the connection was lost, or was not to be had for the first time, in ms; undefined while it is open. */
  readonly lostAt: number | undefined;
}

const FRESH: ConnectionView = { state: "connecting", error: undefined, wasOpen: false, lostAt: undefined };

/** The broker's address: where the page came from, a proxy's path included. */
export const BROKER_URL = new URL(".", location.href.replace(/[?#].*$/, "")).href.replace(/\/$/, "");

/** The client of this tab, and who it is. A client that was refused is over: signing in makes another. */
class Session {
  readonly #client = signal<Client | undefined>(undefined);
  readonly #connection = signal<ConnectionView>(FRESH);
  readonly #token = signal(sessionStorage.getItem(TOKEN_KEY) ?? undefined);
  #unsubscribe: (() => void) | undefined;

  readonly client: ReadonlySignal<Client | undefined> = this.#client;
  readonly connection: ReadonlySignal<ConnectionView> = this.#connection;
  /** The token that was signed in with. */
  readonly token: ReadonlySignal<string | undefined> = this.#token;
  readonly isOpen = computed(() => this.#connection.value.state === "open");
  readonly phase = computed<Phase>(() => {
    const { state, error, wasOpen } = this.#connection.value;
    if (state === "closed") return error?.code === "UNAUTHENTICATED" ? "signIn" : "refused";
    return wasOpen ? "ready" : "starting";
  });

  /** Connects, with the token if there is one. */
  start(): void {
    this.#unsubscribe?.();
    void this.#client.value?.close();
    const token = this.#token.value;
    const client = createClient({ url: BROKER_URL, ...(token !== undefined && { token }) });
    this.#connection.value = { ...FRESH, state: client.connection.state };
    this.#unsubscribe = client.connection.subscribe(({ state, error }) => {
      const { wasOpen, lostAt } = this.#connection.value;
      const isOpen = state === "open";
      const isLost = error !== undefined || wasOpen;
      this.#connection.value = {
        state,
        error,
        wasOpen: wasOpen || isOpen,
        lostAt: isOpen ? undefined : (lostAt ?? (isLost ? Date.now() : undefined)),
      };
    });
    this.#client.value = client;
  }

  /** Connects as someone. */
  signIn(token: string): void {
    sessionStorage.setItem(TOKEN_KEY, token);
    this.#token.value = token;
    this.start();
  }

  /** Forgets who it was. */
  signOut(): void {
    sessionStorage.removeItem(TOKEN_KEY);
    this.#token.value = undefined;
    this.start();
  }
}

export const session = new Session();

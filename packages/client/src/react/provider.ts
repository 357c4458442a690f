import type { TopicTypes } from "@rtmsg/server/topics";
import { createContext, createElement, useContext, type ReactNode } from "react";
import type { Client } from "../public.js";

const ClientContext = createContext<Client | undefined>(undefined);

/** Props of {@link RtmsgProvider}. */
export interface RtmsgProviderProps<M extends TopicTypes = TopicTypes> {
  /** The client, made once and outside of components; the provider does not close it. */
  readonly client: Client<M>;
  readonly children?: ReactNode;
}

/**
 * Gives the hooks below it their client.
 *
 * @example
 * ```tsx
 * const client = createClient<typeof topics>({ url: "http://127.0.0.1:3030" });
 * root.render(<RtmsgProvider client={client}><App /></RtmsgProvider>);
 * ```
 */
export function RtmsgProvider<M extends TopicTypes>({ client, children }: RtmsgProviderProps<M>): ReactNode {
  // What the topics carry is said again where a hook is typed.
  return createElement(ClientContext.Provider, { value: client as unknown as Client }, children);
}

/**
 * The client of the provider above.
 *
 * @throws Error when there is none
 */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === undefined) {
    throw new Error("There is no client for this hook: put an RtmsgProvider above the component");
  }
  return client;
}

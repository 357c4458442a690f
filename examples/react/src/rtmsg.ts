import { createClient } from "@rtmsg/client";
import { createHooks } from "@rtmsg/client/react";
import { topics } from "./topics.js";

export const BROKER_URL = import.meta.env.VITE_BROKER_URL ?? "http://127.0.0.1:3030";

/** Made once, outside of components. With the topics' value it finds mistakes before they are sent. */
export const client = createClient({ url: BROKER_URL, topics });

/** The hooks, typed by the topics. */
export const { useTopic, useProduce, useConnection } = createHooks<typeof topics>();

// Made by "rtmsg generate" of the topics that a broker declares. Do not edit it: generate it again.
import {
  createClient as connect,
  type Client as RtmsgClient,
  type ClientOptions,
  type Topics as DeclaredTopics,
  type TopicType,
} from "@rtmsg/client";

/** A plane has left its gate */
export type FlightsDeparted = {
  /** Carrier and number, such as LH123 */
  flight: string;
  at: Date;
  passengers: bigint;
  gate?: string | undefined;
};

export type WeatherAny = {
  kind: "wind";
  knots: number;
} | {
  kind: "rain";
  hours: number[];
};

/** The types of the topics' data, by name or pattern. */
export type TopicMap = {
  /** A plane has left its gate */
  readonly "flights.departed": TopicType<FlightsDeparted>;
  readonly "weather.*": TopicType<WeatherAny>;
};

/** The topics for whatever takes their type, in place of what `defineTopics` returned. */
export type Topics = DeclaredTopics<TopicMap>;

/** A client that knows the topics. */
export type Client = RtmsgClient<TopicMap>;

/**
 * Makes a client that knows the topics.
 *
 * @param options - `url`, where the server answers, and others
 * @throws TypeError when an option is malformed
 */
export function createClient(options: ClientOptions): Client {
  return connect<Topics>(options);
}

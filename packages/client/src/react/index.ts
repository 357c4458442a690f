export {
  createHooks,
  useConnection,
  useProduce,
  useTopic,
  type ConnectionInfo,
  type Hooks,
  type Produce,
  type UseTopicOptions,
} from "./hooks.js";
export { RtmsgProvider, useClient, type RtmsgProviderProps } from "./provider.js";
export type { TopicState, TopicStatus } from "./topic-state.js";

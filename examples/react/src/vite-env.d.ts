/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the broker answers. */
  readonly VITE_BROKER_URL?: string;
}

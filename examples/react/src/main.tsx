import "@fontsource-variable/inter/index.css";
import { RtmsgProvider } from "@rtmsg/client/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Room } from "./room.js";
import { client } from "./rtmsg.js";
import "./style.css";

const root = document.querySelector("#root");
if (root === null) throw new Error("index.html has no element #root");

createRoot(root).render(
  <StrictMode>
    <RtmsgProvider client={client}>
      <Room />
    </RtmsgProvider>
  </StrictMode>,
);

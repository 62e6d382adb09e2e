import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const instance = process.env.NETMONSEC_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // The content policy lets no inline script and no data: script through.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/api": { target: instance, ws: true }, "/metrics": instance } },
});

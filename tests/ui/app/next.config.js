module.exports = {
  i18n: { locales: ["en-GB", "nl-NL"], defaultLocale: "en-GB", localeDetection: false },
  productionBrowserSourceMaps: false,
  transpilePackages: ["@orchestrator-ui/orchestrator-ui-components"],
};

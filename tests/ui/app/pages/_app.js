import { EuiProvider } from "@elastic/eui";
import {
  ConfirmationDialogContextWrapper,
  OrchestratorConfigProvider,
  StoreProvider,
  WfoAuth,
  WfoErrorBoundary,
  WfoPageTemplate,
  WfoToastsList,
  useGetTranslationMessages,
} from "@orchestrator-ui/orchestrator-ui-components";
import { SessionProvider } from "next-auth/react";
import { NextIntlClientProvider } from "next-intl";
import { NextAdapter } from "next-query-params";
import NextApp from "next/app";
import Head from "next/head";
import { useRouter } from "next/router";
import { useState } from "react";
import { QueryParamProvider } from "use-query-params";

import { configuration } from "../environment";

const Translated = ({ children }) => {
  const { locale } = useRouter();
  return (
    <NextIntlClientProvider locale={locale} messages={useGetTranslationMessages(locale)} timeZone="UTC">
      {children}
    </NextIntlClientProvider>
  );
};

const Framed = ({ children, ...colours }) => (
  <ConfirmationDialogContextWrapper>
    <WfoPageTemplate getAppLogo={() => <span>Orchestrator</span>} {...colours}>
      <QueryParamProvider adapter={NextAdapter} options={{ enableBatching: true, removeDefaultsFromUrl: false }}>
        {children}
      </QueryParamProvider>
    </WfoPageTemplate>
    <WfoToastsList />
  </ConfirmationDialogContextWrapper>
);

export default function App({ Component, pageProps, ...given }) {
  const [config] = useState(given.config);
  const [colorMode, setColorMode] = useState("LIGHT");
  return (
    <WfoErrorBoundary>
      <Head>
        <link rel="icon" href="data:," />
      </Head>
      <OrchestratorConfigProvider initialOrchestratorConfig={config}>
        <StoreProvider initialOrchestratorConfig={config}>
          <SessionProvider>
            <WfoAuth>
              <EuiProvider colorMode={colorMode}>
                <Translated>
                  <Framed colorMode={colorMode} setColorMode={setColorMode}>
                    <Component {...pageProps} />
                  </Framed>
                </Translated>
              </EuiProvider>
            </WfoAuth>
          </SessionProvider>
        </StoreProvider>
      </OrchestratorConfigProvider>
    </WfoErrorBoundary>
  );
}

// By the server with the first page, so that the environment is that of the running server and not of the build.
App.getInitialProps = async (context) => ({
  ...(await NextApp.getInitialProps(context)),
  config: context.ctx.req && configuration(),
});

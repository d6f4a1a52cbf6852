// Show the OpenAPI document of this server.
SwaggerUIBundle({ url: "/api/schema", dom_id: "#api", deepLinking: true });

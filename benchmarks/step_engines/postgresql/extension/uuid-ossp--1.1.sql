CREATE FUNCTION uuid_generate_v4() RETURNS uuid AS 'gen_random_uuid' LANGUAGE internal VOLATILE STRICT PARALLEL SAFE;

"""All tables. Columns, defaults, checks, indexes and on-delete rules of the source document stand under its names.

Written by aerich, then by hand: it knows no checks, partial indexes, defaults of the database or names of foreign keys.
"""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE FUNCTION uuid_generate_v7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
            52, 1), 53, 1),
        'hex')::uuid
$$;
CREATE TABLE "teams" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "name" TEXT NOT NULL
);
CREATE TABLE "users" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT,
    CONSTRAINT "lower_case_email" CHECK (email = lower(email))
);
CREATE UNIQUE INDEX "users_email_index" ON "users" ("email");
CREATE TABLE "api_tokens" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "role" VARCHAR(16) NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "last_used_at" TIMESTAMPTZ,
    "revoked_at" TIMESTAMPTZ,
    "team_id" UUID CONSTRAINT "api_tokens_team_id_fkey" REFERENCES "teams" ("id") ON DELETE CASCADE,
    "user_id" UUID NOT NULL CONSTRAINT "api_tokens_user_id_fkey" REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_token_role" CHECK (role IN ('owner', 'admin', 'member', 'viewer'))
);
CREATE UNIQUE INDEX "api_tokens_secret_hash_index" ON "api_tokens" ("secret_hash");
CREATE INDEX "api_tokens_user_id_index" ON "api_tokens" ("user_id");
CREATE INDEX "api_tokens_team_id_index" ON "api_tokens" ("team_id");
CREATE TABLE "memberships" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "role" VARCHAR(16) NOT NULL,
    "team_id" UUID NOT NULL CONSTRAINT "memberships_team_id_fkey" REFERENCES "teams" ("id") ON DELETE CASCADE,
    "user_id" UUID NOT NULL CONSTRAINT "memberships_user_id_fkey" REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_role" CHECK (role IN ('owner', 'admin', 'member', 'viewer'))
);
CREATE UNIQUE INDEX "memberships_user_id_team_id_index" ON "memberships" ("user_id", "team_id");
CREATE INDEX "memberships_team_id_index" ON "memberships" ("team_id");
CREATE TABLE "workspaces" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "name" TEXT NOT NULL,
    "container_enabled" BOOL NOT NULL DEFAULT false,
    "service_topology" JSONB NOT NULL DEFAULT '{}',
    "auto_deploy_enabled" BOOL NOT NULL DEFAULT false,
    "container_registry_url" TEXT,
    "deployment_environment" TEXT NOT NULL DEFAULT 'development',
    "deleted_at" TIMESTAMPTZ,
    "team_id" UUID NOT NULL CONSTRAINT "workspaces_team_id_fkey" REFERENCES "teams" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_deployment_environment" CHECK (deployment_environment IN ('development', 'staging', 'production'))
);
CREATE INDEX "workspaces_team_id_container_enabled_index" ON "workspaces" ("team_id", "container_enabled");
CREATE INDEX "workspaces_deployment_environment_index" ON "workspaces" ("deployment_environment");
CREATE INDEX "workspaces_deleted_at_index" ON "workspaces" ("deleted_at") WHERE deleted_at IS NOT NULL;
CREATE TABLE "files" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "path" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "content_hash" TEXT NOT NULL,
    "service_metadata" JSONB NOT NULL DEFAULT '{}',
    "is_service_indicator" BOOL NOT NULL DEFAULT false,
    "detected_technologies" TEXT[] NOT NULL DEFAULT '{}',
    "workspace_id" UUID NOT NULL CONSTRAINT "files_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "files_workspace_id_path_index" ON "files" ("workspace_id", "path");
CREATE INDEX "files_workspace_id_is_service_indicator_index" ON "files" ("workspace_id", "is_service_indicator");
CREATE INDEX "files_detected_technologies_index" ON "files" USING GIN ("detected_technologies");
CREATE TABLE "topology_analyses" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "status" TEXT NOT NULL DEFAULT 'queued',
    "attempts" INT NOT NULL DEFAULT 0,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "lease_expires_at" TIMESTAMPTZ,
    "error_message" TEXT,
    "finished_at" TIMESTAMPTZ,
    "requested_by_id" UUID CONSTRAINT "topology_analyses_requested_by_id_fkey" REFERENCES "users" ("id") ON DELETE SET NULL,
    "workspace_id" UUID NOT NULL CONSTRAINT "topology_analyses_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_analysis_status" CHECK (status IN ('queued', 'running', 'succeeded', 'failed'))
);
CREATE INDEX "topology_analyses_workspace_id_created_at_index" ON "topology_analyses" ("workspace_id", "created_at");
CREATE TABLE "topology_detections" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "folder_path" TEXT NOT NULL,
    "service_type" TEXT,
    "detected_patterns" JSONB NOT NULL DEFAULT '{}',
    "service_indicators" JSONB NOT NULL DEFAULT '{}',
    "dependency_map" JSONB NOT NULL DEFAULT '{}',
    "deployment_recommendations" JSONB NOT NULL DEFAULT '{}',
    "confidence_score" DECIMAL,
    "analysis_metadata" JSONB NOT NULL DEFAULT '{}',
    "team_id" UUID NOT NULL CONSTRAINT "topology_detections_team_id_fkey" REFERENCES "teams" ("id") ON DELETE CASCADE,
    "workspace_id" UUID NOT NULL CONSTRAINT "topology_detections_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_confidence_score" CHECK (confidence_score IS NULL OR (confidence_score >= 0.0 AND confidence_score <= 1.0)),
    CONSTRAINT "valid_detected_type" CHECK (service_type IN ('containerized', 'nodejs', 'python', 'golang', 'rust', 'compose_stack', 'proxy'))
);
CREATE UNIQUE INDEX "topology_detections_workspace_id_folder_path_index" ON "topology_detections" ("workspace_id", "folder_path");
CREATE INDEX "topology_detections_team_id_workspace_id_index" ON "topology_detections" ("team_id", "workspace_id");
CREATE INDEX "topology_detections_confidence_score_index" ON "topology_detections" ("confidence_score");
CREATE INDEX "topology_detections_created_at_index" ON "topology_detections" ("created_at");
CREATE TABLE "event_streams" (
    "last_position" BIGINT NOT NULL DEFAULT 0,
    "workspace_id" UUID NOT NULL PRIMARY KEY CONSTRAINT "event_streams_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE
);
CREATE TABLE "service_instances" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "name" TEXT NOT NULL,
    "folder_path" TEXT NOT NULL,
    "service_type" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'detecting',
    "container_id" TEXT,
    "deployment_config" JSONB NOT NULL DEFAULT '{}',
    "port_mappings" JSONB NOT NULL DEFAULT '{}',
    "environment_variables" JSONB NOT NULL DEFAULT '{}',
    "resource_limits" JSONB NOT NULL DEFAULT '{}',
    "health_check_config" JSONB,
    "scaling_config" JSONB NOT NULL DEFAULT '{}',
    "last_health_check_at" TIMESTAMPTZ,
    "health_status" TEXT NOT NULL DEFAULT 'unknown',
    "deployment_logs" TEXT,
    "startup_time_ms" INT,
    "memory_usage_mb" INT,
    "cpu_usage_percent" DECIMAL,
    "deployed_at" TIMESTAMPTZ,
    "last_accessed_at" TIMESTAMPTZ,
    "status_reason" TEXT,
    "image" TEXT,
    "desired_status" TEXT NOT NULL DEFAULT 'stopped',
    "desired_replicas" INT NOT NULL DEFAULT 1,
    "restart_revision" INT NOT NULL DEFAULT 0,
    "settled_replicas" INT NOT NULL DEFAULT 0,
    "settled_revision" INT NOT NULL DEFAULT 0,
    "intent_at" TIMESTAMPTZ,
    "current_deployment_id" UUID,
    "target_deployment_id" UUID,
    "generation" BIGINT NOT NULL DEFAULT 0,
    "observed_generation" BIGINT NOT NULL DEFAULT 0,
    "observed_at" TIMESTAMPTZ,
    "due_at" TIMESTAMPTZ,
    "health_due_at" TIMESTAMPTZ,
    "lease_owner" TEXT,
    "lease_expires_at" TIMESTAMPTZ,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "deleted_at" TIMESTAMPTZ,
    "created_by_id" UUID CONSTRAINT "service_instances_created_by_id_fkey" REFERENCES "users" ("id") ON DELETE SET NULL,
    "intent_by_id" UUID CONSTRAINT "service_instances_intent_by_id_fkey" REFERENCES "users" ("id") ON DELETE SET NULL,
    "parent_service_id" UUID CONSTRAINT "service_instances_parent_service_id_fkey" REFERENCES "service_instances" ("id") ON DELETE SET NULL,
    "team_id" UUID NOT NULL CONSTRAINT "service_instances_team_id_fkey" REFERENCES "teams" ("id") ON DELETE CASCADE,
    "topology_detection_id" UUID CONSTRAINT "service_instances_topology_detection_id_fkey" REFERENCES "topology_detections" ("id") ON DELETE SET NULL,
    "workspace_id" UUID NOT NULL CONSTRAINT "service_instances_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_service_type" CHECK (service_type IN ('containerized', 'nodejs', 'python', 'golang', 'rust', 'compose_stack', 'proxy')),
    CONSTRAINT "valid_status" CHECK (status IN ('detecting', 'deployable', 'deploying', 'running', 'stopped', 'error', 'scaling')),
    CONSTRAINT "valid_health_status" CHECK (health_status IN ('healthy', 'unhealthy', 'unknown')),
    CONSTRAINT "positive_startup_time" CHECK (startup_time_ms IS NULL OR startup_time_ms >= 0),
    CONSTRAINT "positive_memory_usage" CHECK (memory_usage_mb IS NULL OR memory_usage_mb >= 0),
    CONSTRAINT "valid_desired_status" CHECK (desired_status IN ('running', 'stopped')),
    CONSTRAINT "positive_desired_replicas" CHECK (desired_replicas >= 0)
);
CREATE UNIQUE INDEX "service_instances_workspace_id_folder_path_index" ON "service_instances" ("workspace_id", "folder_path");
CREATE INDEX "service_instances_team_id_workspace_id_status_index" ON "service_instances" ("team_id", "workspace_id", "status");
CREATE INDEX "service_instances_team_id_service_type_index" ON "service_instances" ("team_id", "service_type");
CREATE INDEX "service_instances_status_health_status_index" ON "service_instances" ("status", "health_status");
CREATE INDEX "service_instances_created_at_index" ON "service_instances" ("created_at");
CREATE INDEX "service_instances_updated_at_index" ON "service_instances" ("updated_at");
CREATE INDEX "service_instances_parent_service_id_index" ON "service_instances" ("parent_service_id");
CREATE INDEX "service_instances_due_at_index" ON "service_instances" ("due_at") WHERE due_at IS NOT NULL;
CREATE INDEX "service_instances_health_due_at_index" ON "service_instances" ("health_due_at") WHERE health_due_at IS NOT NULL;
CREATE INDEX "service_instances_unsettled_index" ON "service_instances" ("id") WHERE generation <> observed_generation;
CREATE TABLE "deployments" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "number" INT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'queued',
    "image" TEXT,
    "content_hash" TEXT,
    "config" JSONB NOT NULL DEFAULT '{}',
    "attempts" INT NOT NULL DEFAULT 0,
    "error_message" TEXT,
    "end_requested" TEXT,
    "idempotency_key" TEXT,
    "started_at" TIMESTAMPTZ,
    "built_at" TIMESTAMPTZ,
    "replicas_started_at" TIMESTAMPTZ,
    "failed_at" TIMESTAMPTZ,
    "finished_at" TIMESTAMPTZ,
    "rollback_of_id" UUID CONSTRAINT "deployments_rollback_of_id_fkey" REFERENCES "deployments" ("id") ON DELETE SET NULL,
    "service_instance_id" UUID NOT NULL CONSTRAINT "deployments_service_instance_id_fkey" REFERENCES "service_instances" ("id") ON DELETE CASCADE,
    "triggered_by_id" UUID CONSTRAINT "deployments_triggered_by_id_fkey" REFERENCES "users" ("id") ON DELETE SET NULL,
    CONSTRAINT "valid_deployment_status" CHECK (status IN ('queued', 'building', 'starting', 'succeeded', 'failed', 'cancelled', 'superseded')),
    CONSTRAINT "valid_end_requested" CHECK (end_requested IN ('cancelled', 'superseded')),
    CONSTRAINT "positive_number" CHECK (number > 0)
);
CREATE UNIQUE INDEX "deployments_service_instance_id_number_index" ON "deployments" ("service_instance_id", "number");
CREATE UNIQUE INDEX "deployments_service_instance_id_idempotency_key_index" ON "deployments" ("service_instance_id", "idempotency_key");
CREATE TABLE "build_log_lines" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "number" INT NOT NULL,
    "stream" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "deployment_id" UUID NOT NULL CONSTRAINT "build_log_lines_deployment_id_fkey" REFERENCES "deployments" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_stream" CHECK (stream IN ('stdout', 'stderr'))
);
CREATE UNIQUE INDEX "build_log_lines_deployment_id_number_index" ON "build_log_lines" ("deployment_id", "number");
CREATE TABLE "deployment_events" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "event_type" TEXT NOT NULL,
    "event_data" JSONB NOT NULL DEFAULT '{}',
    "error_message" TEXT,
    "duration_ms" INT,
    "position" BIGINT NOT NULL,
    "deployment_id" UUID CONSTRAINT "deployment_events_deployment_id_fkey" REFERENCES "deployments" ("id") ON DELETE SET NULL,
    "service_instance_id" UUID NOT NULL CONSTRAINT "deployment_events_service_instance_id_fkey" REFERENCES "service_instances" ("id") ON DELETE CASCADE,
    "triggered_by_id" UUID CONSTRAINT "deployment_events_triggered_by_id_fkey" REFERENCES "users" ("id") ON DELETE SET NULL,
    "workspace_id" UUID NOT NULL CONSTRAINT "deployment_events_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_event_type" CHECK (event_type IN ('deployment_started', 'deployment_completed', 'deployment_failed', 'service_started', 'service_stopped', 'service_scaled', 'health_check_failed')),
    CONSTRAINT "positive_duration" CHECK (duration_ms IS NULL OR duration_ms >= 0)
);
CREATE UNIQUE INDEX "deployment_events_workspace_id_position_index" ON "deployment_events" ("workspace_id", "position");
CREATE INDEX "deployment_events_service_instance_id_created_at_index" ON "deployment_events" ("service_instance_id", "created_at");
CREATE INDEX "deployment_events_service_instance_id_position_index" ON "deployment_events" ("service_instance_id", "position");
CREATE INDEX "deployment_events_event_type_created_at_index" ON "deployment_events" ("event_type", "created_at");
CREATE INDEX "deployment_events_created_at_index" ON "deployment_events" ("created_at");
CREATE TABLE "health_checks" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "replica_index" INT NOT NULL,
    "health_status" TEXT NOT NULL,
    "response_time_ms" DOUBLE PRECISION,
    "detail" TEXT,
    "service_instance_id" UUID NOT NULL CONSTRAINT "health_checks_service_instance_id_fkey" REFERENCES "service_instances" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_check_result" CHECK (health_status IN ('healthy', 'unhealthy', 'unknown'))
);
CREATE INDEX "health_checks_service_instance_id_created_at_index" ON "health_checks" ("service_instance_id", "created_at");
CREATE TABLE "host_ports" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "port" INT NOT NULL,
    "protocol" TEXT NOT NULL,
    "container_port" INT NOT NULL,
    "replica_name" TEXT,
    "service_instance_id" UUID NOT NULL CONSTRAINT "host_ports_service_instance_id_fkey" REFERENCES "service_instances" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_port" CHECK (port BETWEEN 1 AND 65535),
    CONSTRAINT "valid_protocol" CHECK (protocol IN ('tcp', 'udp'))
);
CREATE UNIQUE INDEX "host_ports_port_protocol_index" ON "host_ports" ("port", "protocol");
CREATE INDEX "host_ports_service_instance_id_index" ON "host_ports" ("service_instance_id");
CREATE TABLE "service_replicas" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "name" TEXT NOT NULL,
    "index" INT NOT NULL,
    "container_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "health_status" TEXT NOT NULL DEFAULT 'unknown',
    "host_ports" JSONB NOT NULL DEFAULT '[]',
    "node" TEXT,
    "failures" INT NOT NULL DEFAULT 0,
    "crashes" INT NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ,
    "ready_at" TIMESTAMPTZ,
    "observed_at" TIMESTAMPTZ NOT NULL,
    "deployment_id" UUID NOT NULL CONSTRAINT "service_replicas_deployment_id_fkey" REFERENCES "deployments" ("id") ON DELETE CASCADE,
    "service_instance_id" UUID NOT NULL CONSTRAINT "service_replicas_service_instance_id_fkey" REFERENCES "service_instances" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "service_replicas_name_index" ON "service_replicas" ("name");
CREATE INDEX "service_replicas_service_instance_id_index_index" ON "service_replicas" ("service_instance_id", "index");
CREATE TABLE "status_changes" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "position" BIGINT NOT NULL,
    "previous_status" TEXT,
    "status" TEXT NOT NULL,
    "health_status" TEXT NOT NULL,
    "reason" TEXT,
    "service_instance_id" UUID NOT NULL CONSTRAINT "status_changes_service_instance_id_fkey" REFERENCES "service_instances" ("id") ON DELETE CASCADE,
    "workspace_id" UUID NOT NULL CONSTRAINT "status_changes_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "status_changes_workspace_id_position_index" ON "status_changes" ("workspace_id", "position");
CREATE INDEX "status_changes_service_instance_id_position_index" ON "status_changes" ("service_instance_id", "position");
ALTER TABLE "service_instances" ADD CONSTRAINT "service_instances_current_deployment_id_fkey" FOREIGN KEY ("current_deployment_id") REFERENCES "deployments" ("id") ON DELETE SET NULL;
ALTER TABLE "service_instances" ADD CONSTRAINT "service_instances_target_deployment_id_fkey" FOREIGN KEY ("target_deployment_id") REFERENCES "deployments" ("id") ON DELETE SET NULL;
CREATE TABLE "installation" ("id" TEXT NOT NULL);
CREATE UNIQUE INDEX "installation_one_row_index" ON "installation" ((true));
INSERT INTO "installation" VALUES (right(uuid_generate_v7()::text, 12));
CREATE TABLE IF NOT EXISTS "aerich" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSONB NOT NULL
);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TABLE "teams", "users", "api_tokens", "memberships", "workspaces", "files", "topology_analyses", "topology_detections", "event_streams", "service_instances", "deployments", "build_log_lines", "deployment_events", "health_checks", "host_ports", "service_replicas", "status_changes", "installation" CASCADE;
        DROP FUNCTION uuid_generate_v7();
        """


MODELS_STATE = (
    "eJztXetz2za2/1cw+lJnRutJ3KTtTXbujOM4W28du5M4251tOhRMQhKvKYIlKStqb//3xQ"
    "HfBEgR1Iuk8aWNSRyA+h28zvvP0cOa/kFPzz37jj4Qd/Qa/Tly8YKwf5RfjdEIe176Av4O"
    "8b3Dm2LPNkJoFfBm90HoYzNkb6bYCQh7ZJHA9G0vtCmMMTpHvPVrZIcB+vTj+d/OXn03Ru"
    "GcoKntByFySBgSP0B0ylsExPRJOEbYtXijBWVtwjkO2Vu0wGtk0VMY2KImG9l2Z3sa44v7"
    "xb0KkU+wOSeM0iUoJHjxJvoXtMVoGRAfBfbMJRayXTSlPjqZTKDZZIJuWMNnKT12HE6ffg"
    "PQRl9AXIu9n7IPZF2u5rZD+A9cuvbvS8KgnhH2jT77mb/+Ooq+3JjjYD767TfWynYt8pUE"
    "8PbP0dQmjsX/PYLuDdsaQRvy1fNJEDB+8HfwKOF7xkwjpjB4j5zja4+3GfEuGJf5H3+NUW"
    "Eg+FFqA8UUGwcCcu/B4GMVJisbjb3iz42E9vPnq3fveUuYG/eGSZ3lws1ae+twTt20+XJp"
    "W6dAA+9mxCU+DomVm8Tu0nHiGZ88ihjCHoT+kqTQW9kDi0zx0oGlMPr7dOmasAIQX0DG7H"
    "fn1KQ+ObWt4NQlK/b7/zf+0hyVYdzc3hmfLu8MYyQsJPii0ryPH5kMb4aa7YYA+59/Rf1m"
    "+PCnIxjg4sfzjyfffveMI8Im/cznLzl6o784IQ6xkbE3A53NO4DIwKEI/jv2JrQXRM6AIm"
    "WJEVZMepr8ow1DkgcZR7K9KAE3gW8PgI/YD7RuXWcdT4UaBtxdfbj8dHf+4WcYbhEEvzsc"
    "v/O7S3hzxp+uS09PIn5Rts1GO3DaCfrl6u5HBH+i/9zeXJa5mra7+w8s2xFehtRw6crAVm"
    "7WJk8T1PgCT7jO/y/w+46tUjmvk/YlLjO0esjXOj5e/vuuwMKbf51/5Kvrw/m/nxXYeH17"
    "84+kecbDm4vr27d8yWVgs81zan9VgTuj0IC3ADx/miqgXiLT0LeA3qeOZGO5mGP/0l0uOO"
    "5X7AOxaxIB/4S2y8CPbn+5ufz4GtEV+5ov7vm7D1c3rxG2Fja7V364/PAWXi7I4h7e/uvq"
    "8hf4+9EmK+KXb7cVh84CfzUc4s7COfvzxXc1DEzY9aJ8kCSMPOOvigxidzmbnSMtzvsi5Q"
    "7O+/ig6sNS6dDxnmBSe747OAjh5t/mXlem1ZzuMqd98sjErzZ8LlJqLneZy4k0LrC4Wj7O"
    "kWwhJPeHpxtl4AzNRImigGaOZJcqh97CCUqc6YNUowBQidC+pz6xZ+5PZC1cAkuARjrLz3"
    "Ev/UQ0e5qtIR+vUqVXfj6xn24Rh4TRTfn808X5u8uRsPq3R/Qu7qWXK34joLntTg4ozNh7"
    "bD6ssG8ZhakLb+gZLT1J24qvFmeL8hPs4hkHB34FfHOE+QcuCQRz2xuJavncy3GNYn6RNm"
    "usmYfZ9U2AQKACBTbmKmqZer26oVRNnZu1qX64TlvdUImc+4Vai6y1yFqL3IFraRMt8tKz"
    "WnK9SKm53hWuS4SR+Ou1iq83Kr6jCYtdW4RaWuwInFpaHKq02FdEuykuctBFQTHhRaWIyD"
    "2QmgmHv8wpnGwBWlH/IfCwSQJRMKxqJBEKS+KfFsu0WNaLjaKnF3Qtlj1FrjcRy7RL157d"
    "XIRLbPUVIeNK0au6yJu3Me37nz4SB/OfXHUby3twD0N/X5i7JRV3a5iKGvV+zuF6pELqUY"
    "fO1mz4kPDLynaI3cX9vUu6Gypw2U12K7x+SboZKk5M0ny0TWLYsYC4HVyfot7y0uZQQNuj"
    "GMi1GaIYmCg5KsVAUBM0thF6rC11T9FkQhbYdiYTZAfogXghGAIduiI+MnFA3rAGHg4Ctn"
    "4s7hobNcT+jLpnYx4N85rHygRAt7LDeRSzA6Ex7J3M6HjAkaVWTD6qYLjUkquWXHuxI/VU"
    "htGS61PkehPJNdqPBYZXi64pgZZdW4RoaEXBIWO/8hcYFdQFwlbwd1MZoNU0nV0YWk+zYz"
    "0NE/GcdbClGJ1oac55Z3bQ25VfD5pFPIeuFwRotoHrXdrP4IEyyOMO4bp8HC5mx1Zs9REz"
    "9njr2TVcpPaoAXxvcyTKGkD+eFyjAZyyBo01gNAY0tbgzM3jm4D9NMJa4wBy5qzY/1Zz4i"
    "b/htBQ5FAIG0Q4BA0eQwWmSE4/l6bpmZOv2CKmvcCOTAt44NGlmsB05MRZD4cb8u+UKezA"
    "yDYWyzZxSP1N4Q6cSUa+J0PWjWrGnsgiRNgiJebchfuCzX5Ao2+Rkorj/+PqpvQJWmmqla"
    "a9uLT3VH2mlaZPketNlKb8qBL4XadPCnVWm9YJhew/iHG/DqVCgz27cqsyChXoStDbjUSt"
    "rkHPvpf972//c3b27bffnz3/9rsfXr38/vtXPzz/gbXlXyy++r6GX2+v2K2ixAJ4UGRA/q"
    "KnMuvLdHr2t0qnFd1MFyTEcPcQGfDPT7c3FStAQls+aGwzRP+PHDvY23rI3fXul7YT2m5w"
    "CsMe434HWNWzqMyN0uEBHZRZJBVDxK2KUodgt+IOXtFFiVv3rI99sSl9cliOvL29vS5w5O"
    "1VeVV8hqi/kxecPayRHVbsU3IZTGDEue/jtZwNlT2U+HDo5QLjHWO5wBb1628lmMtSeFM5"
    "U5D3dXBebXDeKu/tuF082RAdJ8eloLLy9OpSZFnZgiSJMpMYmaojzmT2rc1Kx1uXIGyaxA"
    "tBhxcPFGsB55CEJIXwNc/gbS19GBH5xKS+he7J3I5ze/8fvQcN4JSwSTeZoJlPV0HkBAiZ"
    "uZHpYFuS8eQI42+OmatVMOY0MxtUeQJLiirGrCOdW6Vze/BYa/WekH6niVaPHafhUnJ1rE"
    "lfnFIcTsodsaZLYh1hQe1F0sVhSBaezOBZqeLJkxxOwfN8Xwsq0u6cvXj5/csfvv3uZarU"
    "SZ/U6XJEeYgfj2o6s5RkMGgeWFfGRPyAGO3zPMvodXbY7pgCxLOC+D71jQW7F7K7v8qRIR"
    "BqJ1P1Q2Nqu3Ywb3VBK5HqVdblVeYTBmkA9+n7taLeSUKqczJrlZ5W6R0b2x2p9Kq2ie0x"
    "bpjYrJtbwkZ0JftiAWD2Hejm8/X1kZWmWXKEaq1pIYHCZrVpMX1Dk7RdvDLhlDoW8bk35J"
    "QuQRVJ0T0BRWRiu4PpE1cpZD+Hovi5LMfXDnps5FUZDWFsdq7MJWUr9NFU8ZmBmqaRLnpZ"
    "qjlUsuk7tS0QR40AVIhtvqPch/I3qKt/86Nrna/W+WqdbxdEDO3J+RS53sSTM388Cmyv1t"
    "2UyLRn2xaebRw1BezLdFptpo596ujkgQnFl0VeV7sVSom1X2E9k1r4FQoegUpcklNrNu2c"
    "TRbxiAtSxtpYYE9tIZUpNXv2wZ4kXBsciRbsXxauyN1Yy6qaXjTbds42Qf4XL+VRgGll7I"
    "FAXuZSHKAa9zOoS8O7y4urD+fXJ6/GL0tu0wlrXj4vVy5JPPJahRpIifWy2Pmy0OVltOGr"
    "q8Bqw9fxDF+67sx+687oVDYdStCSbQGiSbCwPVSaAosJyZvka4HcKBCrEGn+4rAFXrA1b6"
    "2LzUBROhSIVGA7JIMbWsNfPIlKFOuQXJhk2Vn2NtYX94t7jny6ioIlJpNoDYDqOupmRl3C"
    "hvWR6diQfIiRWmiF7TDgT+H/8fhBZKtkgy7oI7HaRFvkliOECrPJQ3yDuMCjjWbHjIGptV"
    "HoQz2HS5bYy320feryLGbNv0TegfpnJDxRGjoh0sbGzl2MxtrY+ITMTtrY+BS53sTYqJM/"
    "H9DEJV4pxHt6XUoGKb3Ox6CQj6F8U21jvcrTanXiztWJfLeKrq0tl0lFD3qhKCyUbKvxyY"
    "xNZ39tLH2logzVPWjviDbeEVJBUIEf1T0cMDzYIo/EoV4y8jA4k8rGivfmIqUO9urONVmU"
    "jrSRa5+2GG0qOJSpIE0I3to8kOQcHwjKxVV+7Cod/UZN16DtV9mOXoJ2bGNnP0HjuYAMc4"
    "7d2baI8a4ueE9DgkvJOJzLtQFrzWB9Sa8wCa63Lrmj7D8b0eVL91PaWy8v/HJsm9vS3y5t"
    "x7qms2vblZnTC6/HNRZ10I9ZBjtJDIc1VchICM0jC3e2Q38TcH2bhVh/UInYXULJsskEmX"
    "QJVumpTxfoBTdi02WIZtiTZxvcYd/SYNvcmRLdFaPOtitvXJefSSrhSJIzxXN1O2vrPo08"
    "B0zOVG17jbklcKAS/oxgSOnkd5ZwrGpjrkubl1BoG1cLdViLrFPb5pt66pBrf41WrOibCl"
    "I42ZsqIgVCrY6sV0dahXqh2ykllWqPdhTdjapJYYZ1KNN5jgGiLFHkTqUkUSpE20yKiG5m"
    "vDYhTwkL3qkeu76DP+sj8cF9MhIE4pQ7DN4smU5UzHBqzyInWCYB/EHctPohe5JkLZdLGQ"
    "caG5x3JxPiWkaauSnz/Z3aLnZQpHlgD3h2ISb9RqMxKBEOoHLjlPpvoN97iGEkAbgTcxLW"
    "EWULC7k0nLNfBp8bje6QaXgK4yapdjNBCYZlOJB4vCm2HTbC/Zq/iH8eE7boykV8pYwzt2"
    "RAhpFMJhERdz+ulrLKSqiSrDVGlU1si30zDXmE7QNZbyeXaVdY7QqrnSJ37gqrhfBdC+E6"
    "d/3BpUJ7oSiGpwTaP6uda+/RChJq7NllVUS92pU3o9AOvPXsaOPAq4tm7Pb41On8j7m7FK"
    "RbJfTLhBr9FreYkriscp8RSTUHWuREDLHfTgQuUmr/5i4bF/hVpAWP83Saw13msE88xzZx"
    "YLRf0BVdaL53me+pPluV2wVCzeNO81iXnHoSfPap44BR1KBT1YpTAqUuOFWV2rhgr2sKcA"
    "W5drUoZ4v07dkMTNPqVdMkpHoS1zqylCeliLaqO8tw4yXGJZ+WigXdIO9hbppuD/iwC35J"
    "lnRFwa+KY3B7gJUctHoKs3j6K5dVK6oKSmEVrYOJyrEcA9lLpLN1V9F9w5mmRT37MSIg+w"
    "hUooXZCqr4HP8Y9TWkpXcQV9JoftX5k6YzsIFTaS76t2HlxznrlfGLV2fEiWfjmCdEnVFq"
    "gQsnuynaQAN+lD7P2YodB7lkFUSulAFKc3XmI8sk2V8PMmKjypHJCPVlIytubs1LJwqcMS"
    "RdqhRTLKVTrZIV01+3i89LelP9uCiglbfdErSspy2w2uYDdLlL7Xar3W47od5s4nZb3Hka"
    "u1kUqHQAYRsXFw6han2dIpV2pKtnSwtHOu33dcxFYS19LkIZCxVPxhJVK2fGjgG/a3fG9J"
    "oroFqXZiJPNaQgi4Pkm+hYEHHHJri2H/YIZm0/3Ce6uvicNsx2TaM71obZw4PczjB7tMQZ"
    "PUW5Pm+GHGNdt1IJ4mZ1K4+SmSSf61E0JZUyQVaakfIJKBuakC6ybBmJdQZntplTdMVeQk"
    "U+SLZBTUjSwdrbDieAQuN2OEYBjXJsJHJZgMBAhCG5R2T9Ee1Ihxt2c9W/Sn1/F29AR82L"
    "uB8NP+RcMdppAgTSwUSMHkAXINxJVXa+RodQkur2AEdQF9bFPg6gbQ6VHwl2wvnFnJgPkk"
    "Ml/7buUJnzdoYJDRVSXkVkiJPB9g5JlWJ3lTfsD2fN/jIh9RN7wXZun6AH4oXyFFZb9KVY"
    "9HVrf4ECWtv6CmhLdJfOKW2Jrj60hmuJjveZbK02tP4IdEOyVOzMABRvl+pZoQRCbe1vYd"
    "hky8RjX8DOR7bvSK2b7x2KK2e4SFziwhSoe6uzkbHh3e3nt9eX6OePlxdXn65iS3+6X/GX"
    "8Cirp/jx8vxaMLyF2FYqoJhRaPN9i7QV2hyn7RpdAnq3do2jKCx/ZHPhZ+rLHN/TV+M6qZ"
    "JyzY3f1NX9HEFjEP5ABQjUkfLPDhA7hR6IC+7nryG/b+qRjk6mNuPxGE0myWUMPnQyQTdM"
    "TnyGqA/Nc7IkOjFZx8R9Jkqhhx9e6gTvxbB6Pg0p26HUnd83ia8pW6Sy69MQWPlI8J+XPZ"
    "NQk+nRUERJZ5OWTCSuackSU7im5Wm0PNIydWpUKFxxKouEelJLJnX+IFKZ2GU6LYVoKaRD"
    "Z6KWQp6oFFLmhSiMSLhVKZNIy8k2EU1iwtdoBTLBCgdZPRN0wlrbPrGejaO3TGI4ibSW49"
    "iuxd5g12JvaeQBwWQCKG/i0hU6cQgOiFQe2fuYUNDljgk7EI6Con0oYJKPY0V98sIw0Zkb"
    "nKY1Yla+HYIJjvUNJoEAYoHj1RFFA898ugp4yC8i2Jyn9WPiQjBvoJgLvYcfRyyjQBmXkg"
    "GBKUx+Mi/Xcu/T5WweInxPlyHUzAxIGEK6uiQ6nhHDB+VfPNpB1CsYCyOMQmSymfPFDSl8"
    "9JSwCSD5XtPB9iKRAzlSDKhz7qvCG00m0dqIqsbAR8/gi4ErpmNDKGoEPIYYaHgK/08+FA"
    "Kq70EeXNDHuJxPo1joqHKP4eFwXi8R5urGl/uINekb5ENhiRhxl0a+v1gtrxrfm/u6ZBxO"
    "2Pqb8r0oB2anloWiqUH5Y2IsCr3sL/JZHL99vPXSs1qPmtGqjuqxJQlebEmXG3UW4uBCF6"
    "rfYLEl1+ZXR3Sqo8VTo+2gBfInoqLRPgXap6C/PgW5jVWR60VKzfWucD3BKMd2IVmTqtJl"
    "K2VL1/h6aG1L/kqsgHmJTEO/haJLNXtHmU6D365ERx/q61lMRGY3OXd2hOvani0Xsnt0fd"
    "G3PJ3WrLdIz5GFzqnXf5MS6ww29UxqkcEG7HLGAnse+yjJ/lTNIIFQM2fnzCHuo+1Tl6+C"
    "R+zbAJYSkyo70MzaObPYK7r02UXJsRe2LE1uNZskpJpBO2dQPgaoxYlUQb4Vo/pzQ9gLRw"
    "ITO+x7WjBDpNQLZufs4WG8hWmvrhmr6kNXMeqOSkzUhPYx/oe1fmC/xx2K6JqTgBwqu5vX"
    "xaUIpFqAbVlXdelVR2FV+j1KKHWeSdHvcUEW1F8bS0iCaizuFQCWUGqARYBNbxlj5BHflC"
    "Z9ekdMe4GdCjWYjL58dEcdnMYd9Q/0urDCy4urD+fXJy+ej8/4LpIFECb7y8vnz6Qbdys7"
    "YolUX5K6fEniV1twlAuCVsyW0WuOd5njsZeYT3AgS4m0yZiTI9TXMfXrGDtd1JKspwQa7T"
    "biB/dVbiEDipQHFAKDkHoeST5qMFyorihWnedeQnq46KsXPbkhs9MBZLXU91wBYBnpYBLd"
    "7Qzgste/ihQtIdUAVwOsPINlpBrgMsBRCEyLC36BUN/su3yzN5c+j01oXXyjsgNdv6BUHQ"
    "L7M7IF0FX0GucizlmQnohuXe7eIt1gToMDF/GRxEqqsaGiA82PLfmhfoqXSPU53uVzPA7W"
    "U2RxRqW522XuFiMyFZksEGted5nXPIjfoCs3quHTVPlYItOaX3WdYwQh+erZjJ1t7FoSer"
    "3WurzWeFYNtftpSqJvpG3LfCb5SJRvKwVKvbK6vLKSdADKlTAFQq3fkGpllYEt02lcSwFh"
    "Qp4XBXClxBrhkgY0y6fUWOmZkejMgmU4qUcdOlsbcfAyA0cR3KoO9MTVpYePkRxT1w/NY7"
    "uj8m3lHXh7bO/iXgYKa+7M2Yxodl3dHtdhl20WLvYNCgqLJ9QOZm/c57t8l8OEvPKAbwB9"
    "8Ua7PezqaYp7CrpUFGgAeCqf6Y2kHuCyIFuBLdwz5AmgZaGGEve8tzHx+58+EqfKEN2iIH"
    "xfzsWqoExe1XtXePFS4kMFTShV2xqwUnHcIYLFpITI3SCtwtQerVzFpyFCZc5tJ80mvR1U"
    "gz2WS3OrygdbHaqPUV9DnVtxxJY5x+5s27nFu7rgPQ0JLrhZ7LeARDLHKutH5CbhxvIR+c"
    "nfpHpEUv4NB1CEIC1rEBDiQiWCrCTbZPIaYZ5pBgoQ/FmseTRGacMxSgpR/SWrHLHX8aBq"
    "xGQyxbazZAfMZIJMuoSiB/kS7kFUwAEa8cIPbBCfrqBQnunjYM7JoLwCWBXjtvGH8jgYRo"
    "NnGMimIYECCoiwCVtTLoFzVLlSXtK8aUL2hO3VhfN0bvb97hyttM46N/vTydKtc7M/Ra5L"
    "/Cd0bvajxtcnx2DD6MG0va7pKEu9c8zM010D9wiZu3qQbn1AgOuEgR3gQaF2e5EBNWltC1"
    "TdyKIK4w0mi6pLLbU7TNxehy60KC8TKzgUbjF5ksH4su/uFhNpfhTwzFFoOIVcHZGirIUU"
    "W6TUTv/dEVpFXQXI4+sWPM7TaQ53mcOdCifvk+zRN0a3TlOyy/wkPWKwgjd5hXGnKcAV5B"
    "rmet/yMmwi5Pv3aOwo0Bs97iqm3GbvaKvgF7cd3IP0sSsjLeyecoyrfRv36ZuQd+eQeCaU"
    "vD2q/RIED5MmXglRczD8YxTPx2+4AZ71hagfG/TfIJ9AunZEXRIg7BP0QLxwjAIa2e0xml"
    "LHoSvio9WcIgfP2C9FCzsIWHOXEckcFA45tNRhQIgjooHNkWnjRJARj+v9CApsknoRJF1p"
    "R4LOnYRj7UjwhEzKTRwJ0nUv8Lwu3UWeakjmzgMnvfAg0yxl26m6oUhCqjXk2jLaecD7aB"
    "kdEPzqtTp0kY6t9het1dGpGHoGrE7FcLxUDFof2R5tJX3kUXRl58S3zflI1JLFL8Y1+jGc"
    "NdmkF6tGVqJHKumKlHQy1b6wst1UIhnGbNxOF9N5L9hqncsj8eU1Si7m2JdDmyMZxA2YLZ"
    "avhkPcWQgL4+zVqxpAkwsZa1V2P4tfnUXvircDWFMKCMfNB4jui+fPG6DLWlWiy9+Jnt1S"
    "U061k2WO5PAelse5c+3Ml1K4nR3yJPvrv7mfDAo="
)

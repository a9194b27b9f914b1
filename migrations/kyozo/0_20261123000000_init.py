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
    "team_id" UUID NOT NULL CONSTRAINT "api_tokens_team_id_fkey" REFERENCES "teams" ("id") ON DELETE CASCADE,
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
    "team_id" UUID NOT NULL CONSTRAINT "workspaces_team_id_fkey" REFERENCES "teams" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_deployment_environment" CHECK (deployment_environment IN ('development', 'staging', 'production'))
);
CREATE INDEX "workspaces_team_id_container_enabled_index" ON "workspaces" ("team_id", "container_enabled");
CREATE INDEX "workspaces_deployment_environment_index" ON "workspaces" ("deployment_environment");
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
    "eJztXetz2za2/1cw+tJkRutJnKTtTXfujOM4G28du5M4m51tOhRMQhKvKYIlKStqb//3Bc"
    "A3AVIE9SLp86WNSRyA+h28zvvP0f2a/kFPzjz7lt4Td/Qa/Tly8YKwf5RfjdEIe176gv8d"
    "4jtHNMWebYS8VSCa3QWhj82QvZliJyDskUUC07e90KZ8jNEZEq1fIzsM0Kf3Z387ffX9GI"
    "Vzgqa2H4TIIWFI/ADRqWgRENMn4Rhh1xKNFpS1Cec4ZG/RAq+RRZHtiqbUJSgkeHHCP8Si"
    "JvsS250dcMyla/++JAyNGWFkPhv5119HUWfGHAfz0W+/sVa2a5FvJOBv/xxNbeJY4t+jZU"
    "B8w7ZGvA355vkkCBhk4h1/lLAmw9uIKQzRo2DK2hNtRqILxgjxx19jVBiIf6/eQDHFxoE4"
    "uXdviLEK84mNxl6J50ZC+/nz5dt3oiVn151hUme5cLPW3jqcUzdtvlza1gmn4e9mxCU+Do"
    "mVm2fu0nHiSZk8ihjCHoT+kqTQW9kDi0zx0uGzdfT36dI1+SRFYo4bs9+dE5P65MS2ghOX"
    "rNjv/9/4S3NUhnF9c2t8urg1jJE01/kXlaZi/MhkeDPUbDfksP/5V9Rvho94OuIDnL8/+/"
    "jkxfdPBSJsHs588VKgN/pLEOIQGxl7M9DZvOMQGTiUwX/L3oT2gqgZUKQsMcKKSU+Sf7Rh"
    "SPIg40i2XSTgJvDtAfAR+4HWjeus46lQw4Dbyw8Xn27PPvzCh1sEwe+OwO/s9oK/ORVP16"
    "WnTyJ+UbYTRptk2gn6cnn7HvE/0X9uri/KXE3b3f6HL9sRXobUcOnKwFZu1iZPE9TEAk+4"
    "Lv4v8fuWrVI1r5P2JS4ztHrI1zo+Xvz7tsDC63+dfRSr68PZv58W2Hh1c/2PpHnGw+vzq5"
    "s3YsllYLPNc2p/04E7owDAWwCeP001UC+RAfQtoPepo9hYzufYv3CXC4H7JftA7JpEwj+h"
    "7TLwo5sv1xcfXyO6Yl/z1T17++Hy+jXC1sJ2v7ofLj684S8XZHHH3/7r8uIL//vBJivily"
    "+cFYfOAn8zHOLOwjn78/n3NQxM2PW8fJAkjDwVr4oMYnc5m50jLc77IuUOzvv4oOrDUunQ"
    "8Z5gUnu+OzgI+c2/zb2uTAuc7jKnffLAxK82fC5SApe7zOVEGpdYXC0f50h2KSR3l6kbhe"
    "AMzkSLogFnjgTgZHByLc70XqlS4FDJ0L6jPrFn7s9kLd0CS4BGesXPcS/9RDR7mm2MPl6l"
    "Wq/8fGI/3SIOCaOr8tmn87O3FyNp+W+P6G3cy0ARzW14akT5lL3D5v0K+5ZRmLv8DT2lpS"
    "dpW/nV4nRRfoJdPBPg8F/BvzkC/YOQBYK57Y1k3Xnu5bhGe75ImzVWn/Pp9V2AuEjFtdC4"
    "Uudd3VCpqM5N21RDXKevbqhGzv1C0CODHhn0yB24mDbRIy89qyXXi5TA9a5wXSGOxF8PSr"
    "7eKPlAXARxsVtwgrgI4mK3EO2muChAlwXFhBeVIiL/NQ2Fwy9zyk+2AK2ofx942CSBLBhW"
    "NVIIhSXxD8QyEMt6sVH09IIOYtlj5HoTsQycuvbs6CJdYquvCBlXiq7PRd68iWnf/fyROF"
    "j85KrbWN7Nup+skW5khclb0nG3xqmoUh8iUiH1qENnazZ8SMRtZTvEbuP+3ibdDRW47Cq7"
    "FV5fkm6GihMTNR9skxh2LCFuB9enqLe8uDkU0PYoBwp1hiwHJlqOSjmQ6wkaGwk91pa6J2"
    "gyIQtsO5MJsgN0T7yQWwIduiI+MnFAfmINPBwEbP1Ywjs2aoj9GXVPx+iauuQ1CuwZkxYZ"
    "3coO51EkDWvisHcqq+MBR1aaMcWokuUSRFcQXXuxI/VUiAHR9TFyvYnoGu3HEsOrZdeUAI"
    "TXFlEaoCk4ZPhX/gKjg7pE2Ar+Hnllg56mC6wBPc2O9TRMxHPWwZZidKKlOROd2UFvV349"
    "aBbxHLpeEE6zDVxv034GD5RBHnYI18XDcDE7tmKrj5ixx1vPruEitUcN4DtbIFHWAIrH4x"
    "oN4JQ1aKwB5I15Qhuc+Xl8F7CfRlhrHPBMNiv2v9WcuMm/eXQociiPHEQ45Bo8hgqfIjn9"
    "XJo8Z06+YYuY9gI7Ki3ggUdXagLTkRNvPRxuSMFTprADI9tYLNvEIfU3xTsIJhn5ngxVN7"
    "pJeyKLEGGLlJhzl98XbPYDGn2LklQe/x+X16VPAKUpKE17cWnvqfoMlKaPketNlKbiqJL4"
    "XadPCiGxTeucQvYfxLhbh0qhwZ5dulVJhQp0JejtRqJW16Bn38v+97f/OT198eKH02cvvv"
    "/x1csffnj147MfWVvxxfKrH2r49eaS3SpKLOAPigzIX/R0Zn2ZDmZ/q4xa0c10QULM7x4y"
    "A/756ea6YgUoaMsHjW2G6P+RYwd7Ww+5u97d0nZC2w1O+LDHuN9xrOpZVOZG6fDgHZRZpB"
    "RD5K2KUodgt+IOXtFFiVt3rI99sSl9cliOvLm5uSpw5M1leVV85mF/T54L9rBGdlixT6ll"
    "MIkRZ76P12o2VPZQ4sOhlwsf7xjLhW9Rv/5WgrkshTeVMyV5H6LzaqPzVnlvx+0CyoboOD"
    "kuRZWVp1eXQsvKFiRFmJnCyFQdcqayb21WOt64BGHTJF7IdXjxQLEWcM6zkKQQvhZ5ta2l"
    "z0dEPjGpb6E7MrfjjNv/R++4BnBK2KSbTNDMp6sgcgIk2Jwj08G2IuXJEcbfHDRXq2DMaW"
    "Y2qPIklhRVjFlHkFylc3vwGLR6j0i/00Srx47TcKm4OtZkME4pDifljljTJbGOsKD2Iuni"
    "MCQLT2XwrFTx5EkOp+B5tq8FFWl3Tp+//OHljy++f5kqddIndbocWR4Sx6OeziwlGQyaB9"
    "aVMRE/IEb7VM8qekgQ2x1TgHxWEN+nvrFg90J299c5MiRCcDLVPzSmtmsH81YXtBIprLIu"
    "rzKfMEgDfp++W2vqnRSkW4hF/eGxRpotUOmBSq+3Kr2qbWJ7jBtmNuvmlrARXcW+WACYfQ"
    "e6/nx1dWSlaZYcoVprWkigsFltWkzf0CRvFw4RRlPqWMQX3pBTuuSqSIruCFdEJrY7Pn0m"
    "kzg62qUofq5K8rWDHht5VUZDGJudK3NZ2Qp9NFV8ZqCmeaSLXpZ6DpVs+k5ti4ujRsBViG"
    "2+o9yH9jfoq3/zo4POF3S+oPPtgogBnpyPketNPDnzx6PE9mrdTYkMPNu28GwTqGlgX6YD"
    "tZk+9qmjk8dNKL4q8rrarVBJDH6F9Uxq4VcoeQRqcUlNDWzaOZss4hGXSxlrY4E9vYVUpg"
    "T27IM9Sbg2dyRasH9ZuCJ3Yy2ranoBtu2cbZL8L1/KowDTytgDibzMpThANe5nUJeGtxfn"
    "lx/Orp68Gr8suU0nrHn5rFy6JPHIaxVqoCSGZbHzZQH1ZcDw1VVgwfB1PMMXFJ7Zb+EZSG"
    "XToQQt2RYgmwQL20OlKbCYkLxJvhaeG4XHKkSavzhsQVRszVvrYjNQlA6FRyqwHZLBzVvz"
    "v0QSlSjWIbkwqbKz7HUszZCI3Jrh8byMw8Q3iMuB3GgbzFBOTYJSH/qJVrLsW+6D7VNXpB"
    "pr/iXqDsBE17nrxBhMdI/IWAMmusfI9SYmOkiZfEDDkHzGy7fbukQGSnrIYqCRxaB8v2tj"
    "88nTghJu50o4sVtF98iWy6SiB1goGgsl22p8MmPT2V8bS1+rlEF1D+BT0ManQCmZafCjuo"
    "cDBtVa5IE41EtGHgJnwGiwT902qF4PpXpNEyy3VrcmOZwHgnJxlR+76kG/UYOanv0qg9BL"
    "0I5tPOonaCK3imHOsTvbFjHR1bnoaUhwaRnbcrkL+FozWF/KK0yC641Lbin7z0Z0xdL9lP"
    "bWS3FJjW1z2+Sbpe1YV3R2xeTKkWyeLLwe11gouebEMthJYjisqUaGN948shhmO/R3gdDE"
    "WIj1xyu7ukteAmoyQSZdsp+Ppj5doOcigxpdhmiGPXX2th32rQxezJ0p0V0x6my7crF1+W"
    "6UEo4i2U08V7ezw+1T/X/AZDfVVrmYWxIHKuHPCIaUnntnCZyqNua6NGQJBVg/WihKWmTx"
    "2TZ/z2OHHCz5rVjRbRuubLqXTvamikiJENSR9epIq1B/cTulpFYtx46iu1E1Kc2wDmWOzj"
    "FAliWK3KmUJEqFPZtJEdHNTNR6Eyk2eWYSj13fKXv3QHzuZBcJAnEKEwZvlpwkKg43tWeR"
    "byKTAP4gblpNjj1JskCrpYwDjf3V/epOJsS1jDQTTuZLObVd7KBI88AeiGwtTPqNRmNQIh"
    "zwSnhT6v/E+73jMWEk4O6ZgoR1RNnCQi4N5+yX8c+NRnfINDzh4yapSzNBiQ/LcCDxeFNs"
    "O2yEu7V4Ef88JmzRlYvEShlnbp4cGUYymURE7EicTKqlrLISqiRrjVFlE9ti30xDEbF4T9"
    "bbyWXgJAlOkuAut3MnSRDCdy2EQy7wg0uF9kJTDE8JwHOnndPn0Qq8AfbssiqjXu3kmVGA"
    "a2c9O9q4dkIRgt0en5Ae/Zi7S0G61UK/TAjot7jFlMRlnfuMTAocaJFjLsR+OxG4SAnFAb"
    "psXBBXkRY8ztMBh7vMYZ94jm3iwGi/oCu6AL53me+pPluX2wVC4HGneQwlfB4Fn33qONwo"
    "atCpbgUfiRIK+FSlii3Y65oCXEEOrhblQDrfns24aVq/CpWCFCZxrSNLeVLKaOu6sww3Xm"
    "Jc8mmpWNAN8sjlpun2gA+7gJJiSVcUUKo4BrcHWMtBq6cwy6e/dpmqoqqgFFbROpioHMsx"
    "kL1EOVt3Fd03nGla1LMfIwKyj0AlWpitoIrP8Y9RX0NaegdxJY3mV50/aToDGziV5qJ/G1"
    "bSm7NeGb9EtTuceDaOuS8lmlFqcRdOdlO0OQ33o/RFDkzsOMglqyBypQxQmtExH1mmyKZ5"
    "kBEbVeJLRqgvw1dxc2teik7ijKHoUqc4XSkBZ5WsmP66XXxe0pvux0UBraLtlqBlPW2B1T"
    "YfAOUDwe0W3G47od5s4nZb3Hkau1kUqCCAsI2Li4BQt15JkQoc6erZ0sKRDvy+jrkorKUv"
    "RChjoePJWKJq5czYMeB37c6YXnMlVOvSTOSphhRkcZB8Ex0LIu7YBAf7YY9gBvvhPtGFYl"
    "5gmO2aRncMhtnDg9zOMHu0xBk9Rbk+b4YaY6gDqAVxszqAR8lMks/1KJuSSpkgK81I+QSU"
    "DU1I51m2jMQ6gzPbzAm6ZC99uhLJNqjJk3Sw9rYjCHjhZjsco4BGOTYSuSxA3ECEeXKPyP"
    "oj25EON+zmAm2V+v4u3oCOmhdxPxp+nnPFaKcJkEgHEzF6AF2AdCfV2fkaHUJJqtsDHEFd"
    "WBf7OIC2OVTeE+yE8/M5Me8Vh0r+bd2hMhftDJM31Eh5FZEhQca3d55UKXZX+Yn94azZXy"
    "ZP/cResJ3bJ+ieeKE6hdUWfWnW59zaX6CA1ra+AmCJ7tI5BZbo6kNruJboeJ/J1mpD649E"
    "NyRLxc4MQPF2qZ8VSiIEa38LwyZbJh77AnY+sn1Had1851BcOcNl4hIXppy6tzobFRve3n"
    "x+c3WBfvl4cX756TK29Kf7lXjJH2WV9j5enF1JhrcQ21ql9TIKMN+3SFsB5jiwa3QJ6N3a"
    "NY6isHzP5sIv1Fc5vqevxnVSJRWaG7+pq/sZ4o258MdVgJw6Uv7ZAWKn0D1xufv5a57fN/"
    "VIR0+mNuPxGE0myWWMf+hkgq6ZnPgUUZ83z8mS6InJOibuU1kKPfzwSid4L4bV82lI2Q6l"
    "7/y+SXxN2aKUXR+HwCpG4v952TMJNZkeDUWUdDaBZKJwTUuWmMY1LU8D8kjL1KlRCWnNqS"
    "wTwqRWTOr8QaQzsct0IIWAFNKhMxGkkEcqhZR5IQsjCm5VyiTKcrJNRJOY8DVacZlghYOs"
    "ngl6wlrbPrGejqO3TGJ4Emktx7Fdi73BrsXe0sgDgskEvLyJS1foiUNwQJTyyN7H5AVdbp"
    "mww8NRULQPBUzycayoT1EYJjpzg5O0RszKt0NugmN9c5NAwGOB49URRQPPfLoKRMgvItic"
    "p/Vj4kIwP/FiLvSO/zhiGQXKuJQMF5jC5CeLci13Pl3O5iHCd3QZ8pqZAQlDnq4uiY5nxP"
    "yD8i8e7CDqlRsLI4xCZLKZ89UNKf/oKWETQPG9poPtRSIHCqQYUGfCV0U0mkyitRFVjeEf"
    "PeNfzLliOjYPRY2AxzwGmj/l/08+lAdU33F5cEEf4nI+jWKho8o9hofDeb1EmKsbX+4j1q"
    "RvkA+lJWLEXRr5/mK1vG58b+7rknEEYetvyveiHZidWhaKpgbtj4mxKPSyv8hnefz28dZL"
    "z2o9akarO6rHliT3Yku63KizkAeXutD9BostuTa/OqLTHS2eGm0HLZA/EhUN+BSAT0F/fQ"
    "pyG6sm14uUwPWucD3BKMd2KVmTrtJlK2VL1/h6aG1L/kqsgXmJDKDfQtGlm72jTAfgtyvR"
    "0Yf6ehYTkdlNzp0d4bq2Z8uF6h5dX/QtTwea9RbpObLQOf36b0piyGBTz6QWGWy4Xc5YYM"
    "9jH6XYn6oZJBECc3bOHOI+2D51xSp4wL7NwdJiUmUHwKydM4u9okufXZQce2Gr0uRWs0lB"
    "CgzaOYPyMUAtTqQK8q0Y1Z8bwl44EpjYYd/TghkyJSyYnbNHhPEWpr2+ZqyqD6hi1B2VmK"
    "wJ7WP8D2t9z36POxTRNScBOVR1N6+LS5FIQYBtWVd16VVHYVX6PSooIc+k7Pe4IAvqr40l"
    "T4JqLO40AFZQAsAywKa3jDHyiG8qkz69Jaa9wE6FGkxFXz66ow5O4o76B3pdWOHF+eWHs6"
    "snz5+NT8UukgUQJvvLy2dPlRt3KztiiRQuSV2+JImrLXeUC4JWzFbRA8e7zPHYS8wnOFCl"
    "RNpkzMkRwnVM/zrGThe9JOspAaDdRvwQvsotZECZ8oBCYBBSzyPJRw2GC9UVxarz3CtIDx"
    "d99bwnN2R2OnBZLfU91wBYRTqYRHc7A7js9a8jRStIAeBqgLVnsIoUAC4DHIXAtLjgFwjh"
    "Zt/lm7259EVsQuviG5UdQP2CUnUI7M/IFkBX0QPORZyzID0Z3brcvUW6wZwGBy7io4iV1G"
    "NDRQfAjy35oX+Kl0jhHO/yOR4H62myOKMC7naZu8WITE0mS8TA6y7zWgTxG3TlRjV8miof"
    "S2Sg+dXXOUYQkm+ezdjZxq6loIe11uW1JrJq6N1PUxK4kbYt85nkI9G+rRQoYWV1eWUl6Q"
    "C0K2FKhKDfUGpltYEt0wGupYAwKc+LBrhKYkC4pAHN8ik1VnpmJJBZsAwn9ahDZ2sjDl5m"
    "4GiCW9UBTFwoPXyM5JhQPzSP7Y7Kt5V34O2xvY17GSisuTNnM6LZdXV7XIddtlm62DcoKC"
    "yfUDuYvXGfb/NdDhPyygO+AfTFG+32sOunKe4p6EpRoAHgqXwGG0k9wGVBtgJbfs9QJ4BW"
    "hRoq3PPexMTvfv5InCpDdIuC8H05F6uCMkVV713hJUqJDxU0qVRta8BKxXGHCBaTEiJ3g7"
    "QKU3u0chWfhgiVObedNJv0dlAN9lguza0qH2x9qD5GfQ11bsURW+Ycu7Nt55bo6lz0NCS4"
    "+M1ivwUkkjlWWT8iNwk3lo/IT/4m1SOS8m844EUI0rIGASEur0SQlWSbTF4jLDLN8AIEfx"
    "ZrHo1R2nCMkkJUf6kqR+x1PF41YjKZYttZsgNmMkEmXfKiB/kS7kFUwIE3EoUf2CA+XfFC"
    "eaaPg7kg4+UVuFUxbht/qIiDYTR4hjnZNCS8gAIibMLWlEsQHNWulJc0b5qQPWF7deE8yM"
    "2+352jldYZcrM/nizdkJv9MXJd4T8BudmPGl+fHIMNowfT9lDTUZV655iZp7sG7hEyd/Ug"
    "3fqAAIeEgR3gQaF2e5EBNWltC1TdyKLKxxtMFlWXWnp3mLg9hC60KC8TKzg0bjF5ksH4su"
    "/uFhNpfjTwzFEAnFKujkhR1kKKLVKC0393hFZZV8Hl8XULHufpgMNd5nCnwsn7JHv0jdGt"
    "05TsMj9Jjxis4U1eYdxpCnAFOcBc71tehk2GfP8ejR0FeqPHXcWU2+wdbRX84raDe5A+dm"
    "Wkpd1TjXG1b+M+fRPy7hwKz4SSt0e1X4LkYdLEKyFqzg3/GMXz8TthgGd9IerHBv2fkE94"
    "unZEXRIg7BN0T7xwjAIa2e0xmlLHoSvio9WcIgfP2C9FCzsIWHOXEakcFA45tNJhQIojoo"
    "EtkGnjRJARj+v9CApsUnoRJF2BI0HnTsIxOBI8IpNyE0eCdN1LPK9Ld5GnGpK588BJLzye"
    "aZay7VTfUKQgBQ05WEY7D3gfLaMDgl+/VgcU6dhqfwGtDqRi6BmwkIrheKkYQB/ZHm0tfe"
    "RRdGVnxLfN+UjWksUvxjX6MZw12aQXq0ZWoUcq6Yq0dDLVvrCq3VQhGcZs3E4X03kv2Gqd"
    "ywPx1TVKzufYV0ObIxnEDZgtlm+GQ9xZyBfG6atXNYAmFzLWqux+Fr86jd4Vbwd8TWkgHD"
    "cfILrPnz1rgC5rVYmueCd7ditNOdVOljmSw3tYHufOtTNfSul2dsiT7K//AtOiDHY="
)

module example.com/terraform-provider-x

go 1.22

require github.com/hashicorp/terraform-plugin-framework v1.11.0
